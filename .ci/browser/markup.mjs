// Objects whose every field would be markup, or leave an attribute or an address, if it were not written as text.
export const payloads = [
  "<script>window.ran=1</script>",
  "\"><img src=x onerror=\"window.ran=1\">",
  "'--><svg onload=\"window.ran=1\">",
  "</title></textarea></pre><iframe src=//evil.example></iframe>",
  "javascript:window.ran=1",
  "<b><em>tent</em></b>&lt;script&gt;",
];
payloads.forEach((text, at) => {
  console.log(JSON.stringify({
    identity: `markup-${at}${text}`, type: "product", generation: text,
    fields: { title: `markup tent ${text}`, description: `markup ${text}`, brand: text, category: [text], price: text,
      image_link: text, web_url: text, color: text, availability_rank_text: text, [text]: text,
      deep: { [text]: [text] }, _hidden: text },
    nested: [{ identity: `nested-${at}${text}`, type: "category", fields: { title: `${text} ${at}` } }],
  }));
});
