<?php
/**
 * A scripted host on a unix socket: the script comes as JSON on standard input,
 * what callers sent goes to a file, one JSON line for each frame.
 */
namespace LiveAPI\Tests;

require __DIR__ . '/play.php';

$script = json_decode(fgets(STDIN), true);
$heard = fopen($script['heard'], 'w');
$server = stream_socket_server('unix://' . $script['socket']);
echo "ready\n";
$held = null;
$late = [];
foreach ($script['sessions'] as $number => $steps) {
    $stream = stream_socket_accept($server, 60);
    foreach ($late as $piece) {
        @fwrite($held, base64_decode($piece));
    }
    $late = play($stream, $stream, $steps, static function (?string $payload) use ($number, $heard): void {
        fwrite($heard, json_encode([$number, $payload === null ? null : base64_encode($payload)]) . "\n");
    });
    // A session that holds its answer back stays open until the next one begins.
    $held = $stream;
    if ($late === []) {
        fclose($stream);
    }
}
