// A parser's name and a feed's address -> the feed's items as JSON lines: id, title, link, date.

const [parser, url] = process.argv.slice(2);

const parsers = {
  async 'rss-parser'() {
    const { default: Parser } = await import('rss-parser');
    const feed = await new Parser().parseURL(url);
    return feed.items.map((item) => [item.guid ?? item.id, item.title, item.link, item.isoDate]);
  },
  async feedsmith() {
    const { parseFeed } = await import('feedsmith');
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const { format, feed } = parseFeed(await answer.text());
    const read = {
      rss: (item) => [item.guid?.value, item.title, item.link, item.pubDate],
      atom: (item) => [item.id, item.title, item.links?.find((link) => link.rel === 'alternate')?.href, item.published],
      json: (item) => [item.id, item.title, item.url, item.date_published],
    };
    return (feed.items ?? feed.entries).map(read[format]);
  },
};

for (const item of await parsers[parser]()) console.log(JSON.stringify(item));
