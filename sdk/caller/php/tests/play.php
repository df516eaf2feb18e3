<?php
namespace LiveAPI\Tests;

/**
 * What the scripted hosts share: reading frames (W4) and playing a session.
 *
 * A session is a list of steps. Each step waits for one frame, then does what its
 * members say, in this order: `signal` (sends SIGUSR1 to this process, which then writes
 * to the FIFO `await`), `pieces` (writes them one by one), `then`: close, or hold (sends
 * nothing until the next session begins, then `late`). After the last step the host
 * replies only to the end of the session.
 */

/**
 * @param resource $in
 * @return string|null null at the end of the input
 */
function frame($in): ?string
{
    $line = fgets($in);
    if ($line === false) {
        return null;
    }
    if (!preg_match('/\A[0-9]{1,10}\n\z/', $line)) {
        return "framing error: $line";
    }
    $length = (int) $line;
    $payload = $length === 0 ? '' : (string) stream_get_contents($in, $length);
    return strlen($payload) === $length ? $payload : 'torn frame';
}

/**
 * @param resource            $in
 * @param resource            $out
 * @param array<array<mixed>> $steps
 * @param callable            $record gets every payload, and null for the end
 * @return array<string> pieces to send when the next session has begun
 */
function play($in, $out, array $steps, callable $record): array
{
    foreach ($steps as $step) {
        $payload = frame($in);
        $record($payload);
        if ($payload === null) {
            return [];
        }
        if (isset($step['signal'])) {
            posix_kill($step['signal'], SIGUSR1);
            file_get_contents($step['await']);
        }
        foreach ($step['pieces'] ?? [] as $piece) {
            for ($piece = base64_decode($piece); $piece !== ''; $piece = substr($piece, $n)) {
                $n = (int) @fwrite($out, $piece);
                if ($n === 0) {
                    return [];
                }
            }
            fflush($out);
        }
        if (isset($step['then'])) {
            return $step['then'] === 'hold' ? $step['late'] : [];
        }
    }
    do {
        $payload = frame($in);
        $record($payload);
        if ($payload === '<cpanelxml shutdown="1" />') {
            @fwrite($out, "<?xml version=\"1.0\" ?>\n<cpanelresult>{\"data\":{\"result\":\"shutdown\"}}</cpanelresult>\n");
        }
    } while ($payload !== null);
    return [];
}
