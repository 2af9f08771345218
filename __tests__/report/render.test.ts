import { createHash } from 'node:crypto';
import { reportOf } from '../../provisioner/report/build';
import { pageScript } from '../../provisioner/report/page-files';
import { renderReport } from '../../provisioner/report/render';
import { failing, started, task } from './events';

function rendered(events = failing): string {
  const report = reportOf(events);
  if (report === undefined) throw new Error('no report');
  return renderReport(report);
}

function hashOf(text: string | undefined): string {
  return `sha256-${createHash('sha256')
    .update(text ?? '')
    .digest('base64')}`;
}

test('the policy allows the style and the script that are in the file, and nothing else', () => {
  const html = rendered();
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
  const script = /<script type="module">([\s\S]*?)<\/script>/.exec(html)?.[1];
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1];
  expect(policy).toBe(
    `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`,
  );
});

test('the file names nothing outside itself', () => {
  expect(rendered().match(/https?:\/\/|@import|url\(| src=/g)).toBeNull();
});

test('what a node said ends no element and begins none', () => {
  const evil = '</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>';
  const html = rendered([
    started([evil], [evil]),
    task(10, evil, evil, { play: evil, status: 'changed', diff: evil }),
  ]);
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('<!--');
});

test('the parts of the script are one module without imports or exports', () => {
  expect(pageScript()).not.toMatch(/^(import|export) /m);
});
