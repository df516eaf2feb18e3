<?php
// What bench.php does, with the least that can make a call: the frame is made once, and
// nothing is checked.
$socket = stream_socket_client('unix://' . getenv('CPANEL_PHPCONNECT_SOCKET'));
stream_set_read_buffer($socket, 0);
$json = '{"module":"Bench","reqtype":"exec","func":"empty","apiversion":"uapi","args":{"name":"value"}}';
$frame = strlen($json) + 31 . "\n<cpanelaction>\n$json\n</cpanelaction>";
$head = strlen("<?xml version=\"1.0\" ?>\n<cpanelresult>");
$tail = strlen("</cpanelresult>\n");

function cpu(): int
{
    $r = getrusage();
    return 1000 * (1000000 * ($r['ru_utime.tv_sec'] + $r['ru_stime.tv_sec']) + $r['ru_utime.tv_usec'] + $r['ru_stime.tv_usec']);
}

$times = [];
$cpu = cpu();
$start = hrtime(true);
$end = $start + (int) ((float) $argv[1] * 1e9);
while ($start < $end) {
    fwrite($socket, $frame);
    $r = json_decode(substr(fread($socket, 8192), $head, -$tail), true);
    if ($r['result']['status'] !== 1) {
        fwrite(STDERR, json_encode($r) . "\n");
        exit(1);
    }
    $now = hrtime(true);
    $times[] = $now - $start;
    $start = $now;
}
echo cpu() - $cpu, "\n", implode("\n", $times), "\n";
