// The reader's language, as the page names it. Both texts of a thing stand beside each other, so that none comes in one
// language only; a test reads the scripts and looks.

export const english = document.documentElement.lang === 'en';

export const t = (zh, en) => (english ? en : zh);

// A text that is signed, kept or printed for villagers: Chinese, whoever sits before the page.
export const chinese = (zh) => zh;
