<?php
/**
 * Shows the account's domains with the host's header and footer: header(), a table of
 * DomainInfo::domains_data, footer(). Run it: bin/liveapi run examples/domains.live.php
 */

require '/usr/local/cpanel/php/cpanel.php';

function text($value): string
{
    return htmlspecialchars((string) $value, ENT_QUOTES, 'UTF-8');
}

$cpanel = new CPANEL();
echo $cpanel->header('Domains', 'domains');

// The host sorts the rows and reduces them to three columns, for any module.
$reply = $cpanel->uapi('DomainInfo', 'domains_data', [
    'format' => 'list',
    'api.sort' => 1,
    'api.sort_column' => 'domain',
    'api.columns' => 1,
    'api.columns_a' => 'domain',
    'api.columns_b' => 'type',
    'api.columns_c' => 'documentroot',
]);
$result = $reply['cpanelresult']['result'];

if (!$result['status']) {
    echo '<p>', text(implode(' ', $result['errors'])), "</p>\n";
} elseif (!$result['data']) {
    echo '<p>', text($cpanel->cpanelprint('$user')), " has no domains yet.</p>\n";
} else {
    echo "<table>\n<tr><th>Domain</th><th>Kind</th><th>Folder</th></tr>\n";
    foreach ($result['data'] as $row) {
        echo '<tr><td>', text($row['domain']), '</td><td>', text($row['type']), '</td><td>', text($row['documentroot']), "</td></tr>\n";
    }
    echo "</table>\n";
}

echo $cpanel->footer();
$cpanel->end();
