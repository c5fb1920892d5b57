// Starts a product sync with fetch, and prints what it was told.
const syncElasticsearch = async (url, token) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
  });
  if (!response.ok) {
    throw new Error(`${response.status}: ${await response.text()}`);
  }
  return response.json();
};

console.log((await syncElasticsearch(process.argv[2], process.argv[3])).message);
