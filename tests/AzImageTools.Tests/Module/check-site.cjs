// Serves a folder, opens each of its pages in headless Chromium, and prints what is wrong, a line each: a message on the console that is an error
// or a warning, an answer that is none, a link within the site that leads nowhere. Then searches. Prints "checked N" at the end.
// node check-site.cjs MODULES CHROMIUM FOLDER WORD PAGE-THAT-IT-FINDS [SCREENSHOT-FOLDER]
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const [modules, chromium, folder, word, found, screenshots] = process.argv.slice(2);
const playwright = require(path.join(modules, 'playwright-core'));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff': 'font/woff', '.woff2': 'font/woff2' };

const server = http.createServer((request, response) => {
  const file = path.join(folder, decodeURIComponent(new URL(request.url, 'http://site').pathname));
  if (!file.startsWith(folder) || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
    response.writeHead(404).end();
  } else {
    response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
    fs.createReadStream(file).pipe(response);
  }
});

const pages = fs.readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.html') && !name.endsWith('toc.html')).map(name => name.replaceAll('\\', '/')).sort();

server.listen(0, '127.0.0.1', async () => {
  const home = `http://127.0.0.1:${server.address().port}/`;
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'azimagetools-chromium-'));
  const browser = await playwright.chromium.launchPersistentContext(profile, {
    executablePath: chromium,
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const tab = await browser.newPage();
    let page = '';
    tab.on('console', message => { if (['error', 'warning'].includes(message.type())) console.log(`${page}: console: ${message.text()}`); });
    tab.on('pageerror', error => console.log(`${page}: page error: ${error.message}`));
    tab.on('response', response => { if (response.status() >= 400) console.log(`${page}: ${response.status()}: ${response.url()}`); });
    tab.on('request', request => { if (!request.url().startsWith(home) && !request.url().startsWith('data:')) console.log(`${page}: request: ${request.url()}`); });

    const anchors = new Map();
    const links = [];
    for (page of pages) {
      await tab.goto(home + page, { waitUntil: 'load' });
      await tab.waitForSelector(page === 'index.html' ? '#navbar a' : '#toc a, #navbar a');
      const [ids, targets] = await tab.evaluate(() => [
        [...document.querySelectorAll('[id], a[name]')].map(element => element.id || element.name),
        [...document.querySelectorAll('a[href]')].map(element => element.href),
      ]);
      anchors.set(page, new Set(ids));
      links.push(...targets.filter(target => target.startsWith(home)).map(target => [page, new URL(target)]));
      if (screenshots) {
        await tab.screenshot({ path: path.join(screenshots, page.replaceAll('/', '-') + '.png') });
      }
    }

    for (const [from, target] of links) {
      const place = decodeURIComponent(target.pathname).slice(1).replace(/(^|\/)$/, '$1index.html');
      const anchor = decodeURIComponent(target.hash).slice(1);
      if (!fs.existsSync(path.join(folder, place))) {
        console.log(`${from}: ${target.pathname} leads nowhere`);
      } else if (anchor && anchors.has(place) && !anchors.get(place).has(anchor)) {
        console.log(`${from}: ${target.pathname} has no #${anchor}`);
      }
    }

    page = 'the search';
    await tab.goto(home + pages[0], { waitUntil: 'load' });
    await tab.waitForSelector('#search-query:not([disabled])');
    await tab.fill('#search-query', word);
    await tab.waitForSelector('#search-results .sr-item a', { timeout: 20000 });
    if (screenshots) {
      await tab.screenshot({ path: path.join(screenshots, 'search.png') });
    }

    const results = await tab.$$eval('#search-results .sr-item a', items => items.map(item => item.href));
    if (!results.some(result => result.startsWith(home + found))) {
      console.log(`${word} is not found on ${found}, but on ${results.join(', ')}`);
    }

    console.log(`checked ${pages.length}`);
  } finally {
    await browser.close();
    server.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
});
