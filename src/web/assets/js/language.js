// The reader's language, as the page names it. Both texts of a thing stand beside each other, so that none comes in one
// language only; a test reads the scripts and looks.

export const english = document.documentElement.lang === 'en';

export const t = (zh, en) => (english ? en : zh);

// What a page puts into an entry, into a document beside it, or on paper for a resident: Chinese, whatever the language
// of whoever sits before the page.
export const written = (text) => text;

// Marks an element whose text people wrote, in Chinese: an item, goods, a branch. Answers the element.
export function own(element) {
  if (english) element.lang = 'zh-CN';
  return element;
}

// A text that may begin a sentence: in English its first letter is a capital.
export const sentence = (text) => (english ? text.charAt(0).toUpperCase() + text.slice(1) : text);
