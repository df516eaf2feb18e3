<?php
// The settings for checking passwords and codes. The README says which of the
// two commands to use. Both get the function as their last argument, and its
// parameters as JSON on standard input, so that no code is in an argument.

$uapi = getenv('LOGIN_UAPI') ?: dirname(__DIR__, 2) . '/bin/uapi';

return [
    // Lines NAME:HASH of password_hash(). Only the server may read the file. It is
    // not in web/, the only folder that the server serves.
    'passwords' => getenv('LOGIN_PASSWORDS') ?: __DIR__ . '/passwords',

    // true: refuse users without a second factor. false: let them in by password.
    'required' => false,

    // For one account: the one that runs this page. A call is for the uid that
    // makes it (W17), so only this account can log in. The socket is set because
    // otherwise, without a host, uapi would use another, empty database.
    'command' => [$uapi, '--socket=' . (getenv('LIVEAPI_SOCKET') ?: '/run/liveapi/liveapi.sock'),
        '--output=json', '--input=json', 'TwoFactorAuth'],

    // For many accounts, with the rule in the file sudoers in this folder. {account}
    // is replaced by the name whose password was right.
    // 'command' => ['sudo', '-n', '/usr/bin/uapi', '--config=/etc/liveapi/liveapi.yaml',
    //     '--user={account}', '--output=json', '--input=json', 'TwoFactorAuth'],
];
