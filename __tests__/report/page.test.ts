import type { Page } from 'playwright-core';
import type { RunEvent } from '../../provisioner/engine/events';
import { reportOf } from '../../provisioner/report/build';
import { renderReport } from '../../provisioner/report/render';
import { exampleRun } from '../../scripts/example-run';
import { chromiumHere, ReportBrowser } from '../../scripts/report-browser';
import { at, failing, started, task } from './events';

const executable = chromiumHere();
const maybe = executable === undefined ? describe.skip : describe;
if (executable === undefined) console.warn('skipped: there is no Chromium (CHROMIUM names one)');

jest.setTimeout(240_000);

function htmlOf(events: Iterable<RunEvent>): string {
  const report = reportOf(events);
  if (report === undefined) throw new Error('no report');
  return renderReport(report);
}

/** The visible text of what a selector finds. */
const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();
const hashOf = async (page: Page) => new URL(page.url()).hash;
const background = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
/** Waits for a text: a field is read a moment after the last key, and a canvas is drawn with the next frame. */
const shows = (page: Page, selector: string, hasText: string | RegExp) =>
  page.locator(selector, { hasText }).first().waitFor();

maybe('the report in Chromium', () => {
  let browser: ReportBrowser;
  const hundred = htmlOf(exampleRun({ nodes: 100 }));

  beforeAll(async () => {
    browser = await ReportBrowser.launch(executable ?? '');
  });
  afterAll(async () => browser?.close());

  describe('of a failing run', () => {
    it('shows who, when and how it went, then why it failed', async () => {
      const { page, requests, mishaps } = await browser.open(htmlOf(failing));
      expect(await page.title()).toBe('prod: Failed (20260101T120000-abcd)');
      expect((await texts(page, '.facts')).join(' ')).toMatch(/2026-01-01 12:00:00 UTC[\s\S]*kim on laptop/);
      expect((await texts(page, 'h2')).slice(0, 3)).toEqual(['Failures 2', 'Timeline', 'What changed 2']);
      const [failed = '', left = ''] = await texts(page, '#failures article');
      for (const part of ['base : packages', 'apply failed with exit code 100', 'chrony is not installed'])
        expect(failed).toContain(part);
      expect(failed).toContain('E: Unable to locate package chrony');
      expect(failed).toContain('web-1:/var/log/stagecraft/20260101T120000-abcd.log');
      expect(left).toMatch(/1 node unreachable[\s\S]*ConnectionLost[\s\S]*db-1/);
      expect(mishaps).toEqual([]);
      expect(requests).toEqual([page.url()]);
    });

    it('shows a diff when a change is opened, with signs as well as colours', async () => {
      const { page } = await browser.open(htmlOf(failing));
      expect(await page.locator('#changes pre').count()).toBe(0);
      await page.locator('#changes summary').first().press('Enter');
      await shows(page, '#changes .add', '+new');
      expect(await texts(page, '#changes .add')).toEqual(['+new\n']);
      expect(await texts(page, '#changes .del')).toEqual(['-old\n']);
      expect((await texts(page, '#changes')).join('')).toContain('written');
    });

    it('says what is simulated, that a check changed nothing, and that a record has no end', async () => {
      const [first, ...rest] = failing;
      const check = { ...first, mode: 'check', simulated: 'sandbox: AWS is simulated' } as RunEvent;
      const { page } = await browser.open(htmlOf([check, ...rest.slice(0, 8)]));
      expect((await texts(page, '.head')).join('')).toMatch(
        /check: nothing was changed[\s\S]*no end[\s\S]*AWS is simulated/,
      );
      expect(await texts(page, 'h2')).toContain('What would change 2');
    });
  });

  it('shows nodes that were out of service, what became of them, and how many at once', async () => {
    const taken = { type: 'disruption-started', play: 'base', by: 's1' } as const;
    const given = { type: 'disruption-finished', play: 'base', by: 's1', milliseconds: 100 } as const;
    const { page, mishaps } = await browser.open(
      htmlOf([
        started(['s1', 'a1', 'a2', 'a3']),
        at(5, { type: 'node-held', play: 'base', node: 'a3', role: 'k3s', task: 'binary' }),
        at(10, { ...taken, node: 'a1' }),
        at(110, { ...given, node: 'a1', outcome: 'back' }),
        at(110, { ...taken, node: 'a2' }),
        at(210, { ...given, node: 'a2', outcome: 'stopped', reason: 'it is cordoned' }),
      ]),
    );
    const rows = await texts(page, '#out-of-service tbody tr');
    expect(rows[0]).toMatch(/a1[\s\S]*10 ms[\s\S]*100 ms[\s\S]*s1[\s\S]*✓ back in service/);
    expect(rows[1]).toMatch(/a2[\s\S]*✕ stopped it is cordoned/);
    expect((await texts(page, '#out-of-service')).join('')).toContain('At most 1 node at a time.');
    expect((await texts(page, '#failures')).join('')).toMatch(/1 node held[\s\S]*before k3s : binary/);
    expect(mishaps).toEqual([]);
  });

  describe('of 100 nodes', () => {
    it('shows a failure of several nodes once, and lists a page at a time', async () => {
      const { page, mishaps } = await browser.open(hundred);
      expect(await page.locator('#failures article').count()).toBe(3);
      expect((await texts(page, '#failures article')).join('')).toContain('play k3s agents, 3 nodes');
      expect(await page.locator('#recap tbody tr').count()).toBe(30);
      expect(await page.locator('#recap tbody tr').first().textContent()).toContain('failed');
      await page.getByRole('button', { name: /^Show 30 more of 100$/ }).press('Enter');
      expect(await page.locator('#recap tbody tr').count()).toBe(60);
      expect(mishaps).toEqual([]);
    });

    it('filters by node and status with the keyboard, and keeps the view in the address', async () => {
      const { page } = await browser.open(hundred);
      await page.keyboard.press('/');
      await page.keyboard.type('batch-1*, prod-web-3');
      await shows(page, '#shown', /^1 of 100 nodes$/);
      await page.locator('#node-filter').fill('*batch-1*, prod-web-3');
      await shows(page, '#shown', /^12 of 100 nodes$/);
      await page.getByRole('checkbox', { name: 'failed' }).press('Space');
      expect(new URLSearchParams((await hashOf(page)).slice(1)).get('status')).toBe('f');
      expect(await page.locator('#recap tbody tr').count()).toBe(3);
      expect(await texts(page, '#changes')).toEqual(['None with this filter.']);
      expect(await page.locator('#results .row').count()).toBe(3);

      const again = await browser.open(hundred, await hashOf(page));
      expect(await again.page.locator('#node-filter').inputValue()).toBe('*batch-1*, prod-web-3');
      expect(await again.page.getByRole('checkbox', { name: 'failed' }).isChecked()).toBe(true);
      expect(await again.page.locator('#recap tbody tr').count()).toBe(3);

      await again.page.keyboard.press('Escape');
      expect(await hashOf(again.page)).toBe('');
      expect(await again.page.locator('#failures article').count()).toBe(3);
    });

    it('shows one node alone with its facts, and one play', async () => {
      const { page } = await browser.open(hundred);
      await page.locator('#failures .node').first().click();
      expect(await hashOf(page)).toBe('#node=prod-batch-14');
      expect((await texts(page, '#recap')).join('')).toMatch(/Facts of prod-batch-14[\s\S]*Ubuntu 24.04/);
      await page.locator('#play-filter').selectOption({ label: 'base' });
      expect(await hashOf(page)).toBe('#node=prod-batch-14&play=0');
      expect(await texts(page, '#failures')).toEqual(['None with this filter.']);
    });

    it('follows an address that is changed by hand, and survives nonsense in it', async () => {
      const { page, mishaps } = await browser.open(hundred, '#node=%E0%A4&status=zzf&play=99999');
      expect(await page.getByRole('checkbox', { name: 'failed' }).isChecked()).toBe(true);
      await page.evaluate("location.hash = 'node=prod-web-3'");
      await shows(page, '#shown', /^1 of 100 nodes$/);
      await page.evaluate("location.hash = 'main'");
      expect(await page.locator('#node-filter').inputValue()).toBe('prod-web-3');
      expect(mishaps).toEqual([]);
    });

    it('reads out the timeline to the keyboard', async () => {
      const { page } = await browser.open(hundred);
      await page.locator('.lanes').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      await shows(page, '.readout', /^prod-general-1: ✓ ok, base : \w+, \d+ ms from [\d.]+ s on/);
      await page.keyboard.press('Enter');
      expect(await hashOf(page)).toBe('#node=prod-general-1');
    });

    it.each([
      ['phone', 375],
      ['small phone', 320],
    ])('fits a %s of %i pixels', async (_, width) => {
      const { page } = await browser.open(hundred, '', { viewport: { width, height: 800 } });
      for (const summary of await page.locator('#changes summary').all()) await summary.click();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    });

    it('is light or dark as the system is, and as its switch says', async () => {
      const light = await browser.open(hundred, '', { colorScheme: 'light' });
      const { page } = await browser.open(hundred, '', { colorScheme: 'dark' });
      const [bright, dark] = [await background(light.page), await background(page)];
      expect(bright).not.toBe(dark);
      await page.locator('#theme').press('Enter');
      expect(await texts(page, '#theme')).toEqual(['Colours: light']);
      expect(await background(page)).toBe(bright);
      await page.locator('#theme').press('Enter');
      expect(await background(page)).toBe(dark);
    });
  });

  it('draws of 500 nodes with 100 tasks each only the lanes in sight, and scrolls to the others', async () => {
    const { page, mishaps } = await browser.open(htmlOf(exampleRun({ nodes: 500, moreTasks: 71 })));
    const sizes = (await page.evaluate(`(() => {
      const lanes = document.querySelector('.lanes');
      return [lanes.firstElementChild.clientHeight, lanes.scrollHeight];
    })()`)) as [number, number]; // what the expression above gives
    expect(sizes[0]).toBeLessThan(700);
    expect(sizes[1]).toBeGreaterThan(500 * 4);
    await page.locator('.lanes').focus();
    await page.keyboard.press('ArrowDown');
    await page.evaluate("document.querySelector('.lanes').scrollTop = 1000");
    await page.locator('#node-filter').fill('prod-database-125');
    await shows(page, '#shown', /^1 of 500 nodes$/);
    expect(mishaps).toEqual([]);
  });

  describe('with what is hostile or odd', () => {
    const evil = `</script><img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=2</script><!--`;

    it('runs nothing that a node said, loads nothing, and shows it as text', async () => {
      const error = { what: evil, lastLines: [evil, '\u001b[31mred\u001b[0m \u0000\u202e'], log: evil };
      const { page, mishaps, requests } = await browser.open(
        htmlOf([
          started([evil, 'n2', '__proto__'], [evil]),
          at(1, { type: 'node-unreachable', node: 'n2', reason: evil }),
          at(2, { type: 'facts', node: evil, facts: { evil, constructor: evil } }),
          at(2, { type: 'prerequisite', play: evil, name: evil, status: 'changed' }),
          task(10, evil, evil, {
            play: evil,
            role: evil,
            status: 'changed',
            diff: `+${evil}\n-javascript:alert(1)`,
            output: evil,
          }),
          task(20, evil, 'second', { play: evil, status: 'failed', diff: evil, error }),
          task(20, '__proto__', 'constructor', { play: evil }),
        ]),
      );
      for (const summary of await page.locator('summary').all()) await summary.click();
      await page.locator('#recap .node').first().click();
      expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
      expect(await page.locator('img').count()).toBe(0);
      expect((await texts(page, '#failures')).join('')).toContain(evil);
      expect((await texts(page, '#failures pre')).join('')).toContain('red ␀\\u202e');
      expect(await texts(page, '#recap dd')).toEqual([evil, evil]);
      expect(mishaps).toEqual([]);
      expect(requests).toHaveLength(1);
    });

    it('has no markup of its own to smuggle in through the address', async () => {
      const { page, mishaps } = await browser.open(htmlOf(failing), `#node=${encodeURIComponent(evil)}`);
      expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
      expect(await page.locator('img').count()).toBe(0);
      expect(mishaps).toEqual([]);
    });

    it('shows a run that did nothing, on no nodes', async () => {
      const { page, mishaps } = await browser.open(htmlOf([started([], [])]));
      expect(await texts(page, '#failures')).toEqual(['Nothing failed, and every node was reached.']);
      expect(mishaps).toEqual([]);
    });
  });

  it('has landmarks, one main heading, and a name for every control', async () => {
    const { page } = await browser.open(hundred);
    for (const role of ['banner', 'search', 'main', 'contentinfo'] as const)
      expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.evaluate(unnamedControls)).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'has a contrast of 4.5 : 1 for its texts in %s',
    async (colorScheme) => {
      const { page } = await browser.open(hundred, '', { colorScheme });
      await page.locator('#changes summary').first().click();
      expect(await page.evaluate(lowContrasts)).toEqual([]);
    },
  );
});

/** Runs in the page: what can be focused and has neither text nor a label. */
const unnamedControls = `[...document.querySelectorAll('button, input, select, [tabindex="0"]')]
  .filter((one) => one.checkVisibility() && !(one.innerText || one.ariaLabel || one.labels?.[0]?.innerText))
  .map((one) => one.outerHTML)`;

/** Runs in the page: elements with text whose colour is too near to that of the ground behind them (WCAG 2.2, 1.4.3). */
const lowContrasts = `(() => {
  const rgb = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = rgb(colour).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (rgb(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!own || element.disabled || element.checkVisibility() === false || /^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(element.tagName)) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) found.add(element.tagName + '.' + element.className + ': ' + contrast.toFixed(2));
  }
  return [...found];
})()`;
