<?php
/**
 * A scripted host on a unix socket. It reads the script as JSON from standard input
 * and writes what callers sent to a file, one JSON line for each frame.
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
    // A session that holds its reply back stays open until the next session begins.
    $held = $stream;
    if ($late === []) {
        fclose($stream);
    }
}
