<?php
// Repaints everything of one colour, with Guzzle, and prints what became of it.
// Usage: VETRINA_URL=… VETRINA_TRACKER=… VETRINA_KEY=… php update.php FROM TO
declare(strict_types=1);

require 'GuzzleHttp/autoload.php';

const PATH = '/v1/update_by_query';
const TYPE = 'application/json; charset=utf-8';

// The path is signed, the query string and the body are not.
function headers(string $method): array
{
    $date = gmdate('D, d M Y H:i:s') . ' GMT';
    $toSign = implode("\n", [$method, TYPE, $date, PATH]);
    $digest = base64_encode(hash_hmac('sha256', $toSign, getenv('VETRINA_KEY'), true));
    return [
        'Content-Type' => TYPE,
        'Date' => $date,
        'Authorization' => 'guzzle ' . getenv('VETRINA_TRACKER') . ':' . $digest,
    ];
}

function parsed(Psr\Http\Message\ResponseInterface $answer): stdClass
{
    return json_decode((string) $answer->getBody(), false, 512, JSON_THROW_ON_ERROR);
}

[, $from, $to] = $argv;
// Anything but a success is an exception, which ends this with its message.
$shop = new GuzzleHttp\Client(['base_uri' => getenv('VETRINA_URL'), 'timeout' => 30]);
$update = [
    'search' => ['types' => ['product'], 'partial' => ['fields' => ['color' => $from]]],
    'update' => ['fields' => ['color' => $to]],
];
$queued = parsed($shop->patch(PATH, ['headers' => headers('PATCH'), 'body' => json_encode($update)]));
parse_str(parse_url($queued->status_url, PHP_URL_QUERY), $query);
$job = (int) $query['job_id'];

for ($try = 0; $try < 100; $try++) {
    $state = parsed($shop->get(PATH, ['headers' => headers('GET'), 'query' => ['job_id' => $job]]));
    if ($state->status !== 'in progress') {
        echo json_encode($state), "\n";
        exit(0);
    }
    usleep(100_000);
}
fwrite(STDERR, "job $job does not end\n");
exit(1);
