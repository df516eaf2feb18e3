<?php
// Calls Bench::empty for the given number of seconds: make bench. Prints the processor time
// of this process for all calls, then the time of each call, in nanoseconds.
require __DIR__ . '/cpanel.php';

function cpu(): int
{
    $r = getrusage();
    return 1000 * (1000000 * ($r['ru_utime.tv_sec'] + $r['ru_stime.tv_sec']) + $r['ru_utime.tv_usec'] + $r['ru_stime.tv_usec']);
}

$cpanel = new CPANEL();
$times = [];
$cpu = cpu();
$start = hrtime(true);
$end = $start + (int) ((float) $argv[1] * 1e9);
while ($start < $end) {
    $r = $cpanel->uapi('Bench', 'empty', ['name' => 'value']);
    if ($r['cpanelresult']['result']['status'] !== 1) {
        fwrite(STDERR, json_encode($r) . "\n");
        exit(1);
    }
    $now = hrtime(true);
    $times[] = $now - $start;
    $start = $now;
}
$cpu = cpu() - $cpu;
$cpanel->end();
echo $cpu, "\n", implode("\n", $times), "\n";
