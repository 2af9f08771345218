/**
 * An element. Children are text or elements; text is only ever set as text, so that nothing a node said becomes markup.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} properties attributes; a function is a listener, false and undefined are left out
 * @param {...(Node | string)} children
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Shows a long list a page at a time: what is not on the screen costs nothing. The list may lie in a frame, as in a table. */
export function paged(items, size, render, list = h('div', {}), frame = list) {
  let shown = 0;
  const more = h('button', { type: 'button', class: 'more', click: () => show() });
  const show = () => {
    const first = shown;
    list.append(...items.slice(shown, shown + size).map(render));
    shown = Math.min(items.length, shown + size);
    more.textContent = `Show ${Math.min(size, items.length - shown)} more of ${number(items.length)}`;
    more.hidden = shown >= items.length;
    // A keyboard goes on where the list was continued, instead of being thrown back when the button goes.
    if (first > 0 && more.hidden) focusOn(list.children[first]);
  };
  show();
  return h('div', {}, frame, more);
}

function focusOn(element) {
  element.setAttribute('tabindex', '-1');
  element.focus();
}

/** A details element whose content is made when it is opened. */
export function lazyDetails(properties, summary, content) {
  const element = h('details', properties, h('summary', {}, ...summary));
  const fill = () => {
    if (element.open && element.children.length === 1) element.append(...content());
  };
  element.addEventListener('toggle', fill);
  fill();
  return element;
}

export function number(value) {
  return value.toLocaleString('en-US');
}

export function count(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function seconds(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const whole = milliseconds / 1000;
  if (whole < 60) return `${whole.toFixed(1)} s`;
  return `${Math.floor(whole / 60)} min ${String(Math.floor(whole % 60)).padStart(2, '0')} s`;
}
