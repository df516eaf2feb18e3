<?php
// Makes each call of cases.json and prints what its method returned, a line each.
require '/usr/local/cpanel/php/cpanel.php';
$cpanel = new CPANEL();
foreach (json_decode(file_get_contents('cases.json'), true) as $case) {
    $method = $case['method'];
    $arguments = array_key_exists('text', $case) ? [$case['text']] : [$case['module'], $case['func']];
    if (array_key_exists('args', $case)) {
        $arguments[] = $case['args'];
    }
    echo json_encode($cpanel->$method(...$arguments), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
}
$cpanel->end();
