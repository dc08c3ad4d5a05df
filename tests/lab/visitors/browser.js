// SPDX-License-Identifier: Apache-2.0
// Visitors with a real browser: Debian's Chromium, headless, driven by playwright-core. Run by browser.py, which gives a
// plan; every visitor of it has a context of its own (cookies, cache) in one browser, and all come at the same time.
// Prints one JSON line a visitor when it has left, and nothing else.
'use strict';
const fs = require('fs');
const { chromium, devices } = require('playwright-core');

const PHONE = devices['iPhone 13'];
const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

// The same visitor every time: mulberry32.
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Visitor {
  constructor(context, order) {
    this.context = context;
    this.order = order;
    this.random = dice(order.seed);
    this.pages = 0;
    this.people = new Set();
    this.names = [];
    this.troubles = [];
    this.end = order.seconds ? Date.now() + order.seconds * 1000 : Infinity;
  }

  more() {
    // Who is not served leaves.
    return this.troubles.length < 3 && Date.now() < this.end && this.pages < (this.order.pages || Infinity) &&
           this.people.size < (this.order.people || Infinity);
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  // Looks at the page in hand for as long as the plan says.
  async read(page) {
    const [least, most] = this.order.read;
    this.pages += 1;
    const person = new URL(page.url()).pathname.match(/^\/people\/(\d+)$/);
    if (person) this.people.add(person[1]);
    await page.waitForTimeout(1000 * (least + this.random() * (most - least)));
  }

  async arrive(page, act) {
    try {
      const answer = await act();
      if (answer && answer.status() >= 400) this.troubles.push(`${page.url()}: status ${answer.status()}`);
      await page.waitForLoadState('load');
    } catch (error) {
      this.troubles.push(`${page.url()}: ${String(error.message).split('\n')[0]}`);
    }
    await this.read(page);
  }

  go(page, path) {
    return this.arrive(page, () => page.goto(`http://${this.order.host}${path}`));
  }

  back(page) {
    return this.arrive(page, () => page.goBack());
  }

  click(page, path) {
    return this.arrive(page, async () => {
      await page.locator(`a[href="${path}"]`).first().click();
      await page.waitForURL(`**${path}`);
    });
  }

  async inTab(page, path) {
    const opened = this.context.waitForEvent('page');
    await page.locator(`a[href="${path}"]`).first().click({ modifiers: ['Control'] });
    return opened;
  }

  async search(page) {
    await this.click(page, '/search');
    const name = this.names.length ? this.pick(this.names) : 'Alin';
    await this.arrive(page, async () => {
      await page.fill('input[name=q]', name);
      await page.press('input[name=q]', 'Enter');
      await page.waitForURL('**/search?q=*');
    });
  }

  links(page, folder) {
    return page.$$eval(`a[href^="${folder}"]`, (all) => all.map((a) => [a.getAttribute('href'), a.textContent]));
  }
}

// Somebody who reads: opens people from lists, searches and friends, goes back, opens tabs, comes back to who was there.
async function person(visitor) {
  const page = await visitor.context.newPage();
  await visitor.go(page, visitor.order.first || '/');
  let depth = 0;
  while (visitor.more()) {
    const people = await visitor.links(page, '/people/');
    const lists = await visitor.links(page, '/list/');
    people.forEach(([, name]) => visitor.names.push(name.split(' ')[0]));
    const chance = visitor.random();
    if (chance < 0.1) {
      await visitor.search(page);
      depth += 2;
    } else if (chance < 0.3 && depth > 0) {
      await visitor.back(page);
      depth -= 1;
    } else if (chance < 0.4 && people.length > 2) {
      const tabs = [];
      for (let count = 0; count < 3; count += 1) tabs.push(await visitor.inTab(page, visitor.pick(people)[0]));
      for (const tab of tabs) {
        await visitor.arrive(tab, () => null);
        await tab.close();
      }
    } else if (chance < 0.48 && visitor.people.size > 3) {
      await visitor.go(page, `/people/${visitor.pick([...visitor.people])}`);
      depth += 1;
    } else if (people.length && (chance < 0.85 || !lists.length)) {
      await visitor.click(page, visitor.pick(people)[0]);
      depth += 1;
    } else if (lists.length) {
      await visitor.click(page, visitor.pick(lists)[0]);
      depth += 1;
    } else {
      await visitor.go(page, '/');
    }
  }
}

// An iPhone's browser fetches these beside the first page. No Chromium does, so they are asked for in its name.
async function phone(visitor) {
  const names = ['apple-touch-icon-120x120-precomposed.png', 'apple-touch-icon-120x120.png', 'apple-touch-icon-precomposed.png',
    'apple-touch-icon.png'];
  for (const name of names) await visitor.context.request.get(`http://${plan.server}/${name}`, { headers: { Host: visitor.order.host } });
  await person(visitor);
}

// A scraper: everybody of every page of the list, one after the other, each page with all that is on it.
async function walker(visitor) {
  const page = await visitor.context.newPage();
  for (let list = 1; visitor.more(); list += 1) {
    await visitor.go(page, `/list/${list}`);
    for (const [path] of await visitor.links(page, '/people/')) {
      if (!visitor.more()) break;
      await visitor.click(page, path);
      await visitor.back(page);
    }
  }
}

const KINDS = { person, phone, walker };

async function visit(browser, order) {
  const dress = order.kind === 'phone' ? { ...PHONE, defaultBrowserType: undefined } : {};
  const context = await browser.newContext({ ...dress, locale: 'en-GB' });
  context.setDefaultTimeout(10000);
  const visitor = new Visitor(context, order);
  await KINDS[order.kind](visitor);
  await context.close();
  console.log(JSON.stringify({ host: order.host, pages: visitor.pages, people: visitor.people.size, troubles: visitor.troubles }));
}

// All visitors of one user agent. It is the whole browser's: icons are not fetched in a context's name.
async function come(agent, orders) {
  if (!orders.length) return;
  const browser = await chromium.launch({
    executablePath: plan.executable,
    args: [`--user-agent=${agent}`, `--host-resolver-rules=MAP *.${plan.domain} ${plan.server}`,
      '--disable-features=HttpsUpgrades,HttpsFirstModeV2'],
  });
  await Promise.all(orders.map((order) => visit(browser, order)));
  await browser.close();
}

async function main() {
  await Promise.all([
    come(PHONE.userAgent, plan.visitors.filter((order) => order.kind === 'phone')),
    come(plan.agent, plan.visitors.filter((order) => order.kind !== 'phone')),
  ]);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
