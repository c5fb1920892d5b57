// Starts a product sync with axios, which sends `{}`, and prints what it was told.
const axios = require('axios');

axios
  .post(process.argv[2], {}, { headers: { Authorization: `Token ${process.argv[3]}` } })
  .then((response) => console.log(response.data.message))
  .catch((error) => {
    console.error(error.response?.data || error.message);
    process.exit(1);
  });
