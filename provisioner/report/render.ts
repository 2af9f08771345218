import { createHash } from 'node:crypto';
import { escapeHtml } from './escape-html';
import type { Report } from './model';
import { pageData } from './page-data';
import { pageScript, pageStyle } from './page-files';
import {
  commandOf,
  counted,
  describeStop,
  describeVerdict,
  duration,
  isBad,
  moment,
  totals,
} from './wording';

/**
 * A run as one HTML file that needs nothing but a browser: its policy allows this style and this script, and no request.
 * The head of the page is plain HTML, which shows at once; the rest is drawn from the data by the script.
 */
export function renderReport(report: Report): string {
  const style = pageStyle();
  const script = pageScript();
  const policy = `default-src 'none'; style-src '${hash(style)}'; script-src '${hash(script)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${report.environment}: ${describeVerdict(report)} (${report.id})`)}</title>
<style>${style}</style>
</head>
<body>
${head(report)}
${filters(report)}
<main id="main" tabindex="-1">
<noscript><p class="note">The rest of this report is drawn by its script, and scripts are off. The same is in events.jsonl beside this file, one JSON event a line.</p></noscript>
${sections(report)}
</main>
<footer class="foot">
<p>Run <code>${escapeHtml(report.id)}</code>. All events are in <code>events.jsonl</code> beside this file. A node reports how long a task took; when it started is worked out from when its result arrived.</p>
</footer>
<script type="application/json" id="data">${scriptSafe(JSON.stringify(pageData(report)))}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

function head(report: Report): string {
  const { nodes } = totals(report);
  const stop = describeStop(report);
  return `<a class="skip" href="#main">Skip to the report</a>
<header class="head">
<div class="head-line">
<h1>${escapeHtml(report.environment)} <span class="mode">${report.mode === 'check' ? 'check: nothing was changed' : commandOf(report)}</span></h1>
<p class="verdict ${report.verdict.kind}"><span aria-hidden="true">${isBad(report.verdict) ? '✕' : '✓'}</span> ${describeVerdict(report)}</p>
<button type="button" id="theme" hidden></button>
</div>
${stop === undefined ? '' : `<p class="note ${isBad(report.verdict) ? 'bad' : ''}">${escapeHtml(stop)}</p>`}
${report.simulated === undefined ? '' : `<p class="note simulated"><strong>Simulated.</strong> ${escapeHtml(report.simulated)}</p>`}
${report.warnings.map(({ what, next }) => `<p class="note"><strong>Warning.</strong> ${escapeHtml(what)} <span class="meta">${escapeHtml(next)}</span></p>\n`).join('')}<ul class="tiles" aria-label="Nodes by result">
${tile(nodes.failed, 'failed', 'failed')}${tile(nodes.unreachable, 'unreachable', 'unreachable')}${tile(nodes.changed, report.mode === 'check' ? 'would change' : 'changed', 'changed')}${tile(nodes.unchanged, 'as wanted', 'ok')}
</ul>
<dl class="facts">${facts(report)}</dl>
</header>`;
}

function facts(report: Report): string {
  const { tasks } = totals(report);
  const { usage, origin } = report;
  const calls =
    usage &&
    `${counted(usage.commands, 'command')}, ${counted(usage.apiCalls, 'API call')}${usage.throttles > 0 ? `, ${usage.throttles} throttled` : ''}`;
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['Started', moment(report.startedAt)],
    ['Took', duration(report.milliseconds)],
    ['By', origin && `${origin.user} on ${origin.host}`],
    ['Over', report.transport],
    [
      'Results',
      `${counted(tasks.ok + tasks.failed + tasks.skipped, 'result')} on ${counted(report.nodes.length, 'node')}`,
    ],
    ['Calls', calls],
    ['Command', origin?.command],
    ['Run', report.id],
  ];
  return entries
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`],
    )
    .join('');
}

function tile(number: number, label: string, kind: string): string {
  return `<li class="tile ${kind}${number === 0 ? ' none' : ''}"><strong>${number.toLocaleString('en-US')}</strong> ${number === 1 ? 'node' : 'nodes'} ${label}</li>`;
}

function filters({ plays }: Report): string {
  const options = plays.map(({ name }, index) => `<option value="${index}">${escapeHtml(name)}</option>`);
  const chips = [
    ['f', 'failed', '✕'],
    ['u', 'unreachable', '⊘'],
    ['c', 'changed', '●'],
    ['o', 'ok', '✓'],
    ['s', 'skipped', '–'],
  ].map(
    ([letter, name, glyph]) =>
      `<label class="chip ${name}"><input type="checkbox" name="status" value="${letter}"> <span aria-hidden="true">${glyph}</span> ${name}</label>`,
  );
  return `<form class="filters" role="search" aria-label="Filter the report" hidden>
<label class="field">Nodes <input type="search" id="node-filter" placeholder="name or web-*" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"></label>
<label class="field">Play <select id="play-filter"><option value="">all plays</option>${options.join('')}</select></label>
<fieldset><legend>Status</legend>${chips.join('')}</fieldset>
<button type="reset" id="clear">Clear</button>
<p id="shown" role="status"></p>
</form>`;
}

function sections({ mode, disruptions }: Report): string {
  const titles = [
    ['failures', 'Failures'],
    ['timeline', 'Timeline'],
    ...(disruptions.length === 0 ? [] : [['out-of-service', 'Out of service']]),
    ['changes', mode === 'check' ? 'What would change' : 'What changed'],
    ['slowest', 'Slowest tasks'],
    ['recap', 'Recap'],
    ['results', 'All results'],
  ];
  return titles
    .map(
      ([id, title]) =>
        `<section aria-labelledby="h-${id}"><h2 id="h-${id}">${title} <span class="number" id="n-${id}"></span></h2><div id="${id}"></div></section>`,
    )
    .join('\n');
}

/** Inside a script element only `<` could end or change it; the line separators are for old readers of JSON. */
function scriptSafe(json: string): string {
  return json.replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
