import { byId } from './dom.js';

const KEY = 'stagecraft-report-theme';
const next = { auto: 'light', light: 'dark', dark: 'auto' };
const names = { auto: 'as the system', light: 'light', dark: 'dark' };

/** The switch between the system's choice, light and dark. A browser that keeps nothing for files forgets it. */
export function themeSwitch(changed) {
  const button = byId('theme');
  let theme = remembered();
  const apply = () => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Colours: ${names[theme]}`;
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = next[theme];
    try {
      localStorage.setItem(KEY, theme);
    } catch {}
    apply();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  apply();
}

function remembered() {
  try {
    const theme = localStorage.getItem(KEY);
    return theme !== null && Object.hasOwn(next, theme) ? theme : 'auto';
  } catch {
    return 'auto';
  }
}
