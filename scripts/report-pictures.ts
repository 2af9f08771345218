import { join } from 'node:path';
import { exampleReport } from './example-report';
import { chromiumHere, ReportBrowser } from './report-browser';

/**
 * Makes the pictures of the report in the documentation, from the example of 100 nodes:
 *
 *     npm run docs:screenshots
 */
const images = join(__dirname, '..', 'docs', 'images');
const pictures = [
  { file: 'report.png', colorScheme: 'light', width: 1280, height: 1950 },
  { file: 'report-dark.png', colorScheme: 'dark', width: 1280, height: 1950 },
  { file: 'report-phone.png', colorScheme: 'light', width: 375, height: 812 },
] as const;

async function main(): Promise<void> {
  const executable = chromiumHere();
  if (executable === undefined)
    throw new Error('Chromium is not installed: apt-get install chromium, or set CHROMIUM.');
  const browser = await ReportBrowser.launch(executable);
  try {
    for (const { file, colorScheme, width, height } of pictures) {
      const { page } = await browser.open(exampleReport({ nodes: 100 }), '', {
        colorScheme,
        viewport: { width, height },
      });
      // The timeline is drawn with the next frame.
      await page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
      );
      await page.screenshot({ path: join(images, file) });
      process.stdout.write(`docs/images/${file}\n`);
    }
  } finally {
    await browser.close();
  }
}

void main();
