// The reader's language, as the page names it. Both texts of a thing stand beside each other, so that none comes in one
// language only; a test reads the scripts and looks.

export const english = document.documentElement.lang === 'en';

export const t = (zh, en) => (english ? en : zh);

// A text that is signed, kept or printed for villagers: Chinese, whoever sits before the page.
export const chinese = (zh) => zh;

// Marks an element whose text people wrote, in Chinese: an item, goods, a branch. Answers the element.
export function own(element) {
  if (english) element.lang = 'zh-CN';
  return element;
}

// A text that may begin a sentence: in English its first letter is a capital.
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
