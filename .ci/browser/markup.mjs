// Objects whose every field would be markup, or leave an attribute or an address, if it were not written as text.
export const payloads = [
  "<script>window.ran=1</script>",
  "\"><img src=x onerror=\"window.ran=1\">",
  "'--><svg onload=\"window.ran=1\">",
  "</title></textarea></pre><iframe src=//evil.example></iframe>",
  "javascript:window.ran=1",
  "<b><em>tent</em></b>&lt;script&gt;",
];
const print = (value) => console.log(JSON.stringify(value));
const [wanted] = process.argv.slice(2);
if (wanted === "refused") {
  payloads.forEach((text, at) => print({ identity: `refused-${at}${text}`, type: "product", fields: { title: "", [text]: [text] } }));
} else if (wanted === "events") {
  // Queries of two clients each: some find something, some nothing, and nobody clicks.
  const queries = [["tent", 9], ["two-person tents", 4], ["boots", 3], ["unobtainium", 0], ...payloads.map((text) => [`no ${text}`, 0])];
  let id = 0;
  const searched = (query, found, client) => ({ id: (id += 1), tracker_id: "1234-5678", client_id: client, type: "event",
    lists: { "Search Results": { query: { string: query },
      items: found ? [{ title: "T", type: "item", url: "p-1001", position: 1 }] : [] } } });
  print(queries.flatMap(([query, times]) =>
    Array.from({ length: times || 2 }, (_, at) => searched(query, times, `c${at % 2}`))));
} else {
  payloads.forEach((text, at) => {
    print({
      identity: `markup-${at}${text}`, type: "product", generation: text,
      fields: { title: `markup tent ${text}`, description: `markup ${text}`, brand: text, category: [text], price: text,
        image_link: text, web_url: text, color: text, availability_rank_text: text, [text]: text,
        deep: { [text]: [text] }, _hidden: text },
      nested: [{ identity: `nested-${at}${text}`, type: "category", fields: { title: `${text} ${at}` } }],
    });
  });
}
