<?php
// How this login page checks passwords and codes. The README says which of the
// two commands to use; both get the function as their last argument, and what it
// takes as JSON on standard input, so that no code stands in an argument.

$uapi = getenv('LOGIN_UAPI') ?: dirname(__DIR__, 2) . '/bin/uapi';

return [
    // Lines NAME:HASH of password_hash(). Only the server may read it, and it is
    // not below web/, which is all that the server shows.
    'passwords' => getenv('LOGIN_PASSWORDS') ?: __DIR__ . '/passwords',

    // true: who has no second factor is refused, instead of let in by the password.
    'required' => false,

    // For one account: the one whose page this is. A call is for the uid that
    // makes it (W17), so only its own name can log in. The socket is named because
    // without a host uapi would look into a database of its own, and find nothing.
    'command' => [$uapi, '--socket=' . (getenv('LIVEAPI_SOCKET') ?: '/run/liveapi/liveapi.sock'),
        '--output=json', '--input=json', 'TwoFactorAuth'],

    // For many accounts, with the rule in sudoers beside this file. {account}
    // is replaced by the name whose password was right.
    // 'command' => ['sudo', '-n', '/usr/bin/uapi', '--config=/etc/liveapi/liveapi.yaml',
    //     '--user={account}', '--output=json', '--input=json', 'TwoFactorAuth'],
];
