import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's Chromium or Ubuntu's Chrome, or the one that CHROMIUM names; undefined where there is none. */
export function chromiumHere(): string | undefined {
  const { CHROMIUM } = process.env;
  const places = CHROMIUM === undefined ? ['/usr/bin/chromium', '/usr/bin/google-chrome'] : [CHROMIUM];
  return places.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Opened {
  readonly page: Page;
  /** Addresses that the page asked for; its own file is the first. */
  readonly requests: readonly string[];
  /** Errors of scripts, violations of the policy, dialogs: anything that should not be. */
  readonly mishaps: readonly string[];
}

/** A headless browser that opens reports from files, as an operator does: for tests, pictures and figures. */
export class ReportBrowser {
  private readonly folder = mkdtempSync(join(tmpdir(), 'stagecraft-report-'));
  private files = 0;

  private constructor(private readonly browser: Browser) {}

  static async launch(executablePath: string): Promise<ReportBrowser> {
    const args = [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ];
    return new ReportBrowser(await chromium.launch({ executablePath, args, timeout: 120_000 }));
  }

  async open(html: string, hash = '', options: BrowserContextOptions = {}): Promise<Opened> {
    const file = join(this.folder, `report-${this.files++}.html`);
    writeFileSync(file, html);
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const requests: string[] = [];
    const mishaps: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => mishaps.push(String(error)));
    page.on('console', (message) => mishaps.push(message.text()));
    page.on('dialog', (dialog) => {
      mishaps.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${pathToFileURL(file)}${hash}`);
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    return { page, requests, mishaps };
  }

  get version(): string {
    return this.browser.version();
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
