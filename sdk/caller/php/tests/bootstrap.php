<?php
// What every test needs: the library, the scripted host, the golden conversations.
require __DIR__ . '/../cpanel.php';
require __DIR__ . '/../DebugLog.php';
require __DIR__ . '/../Pipe.php';
require __DIR__ . '/Txtar.php';
require __DIR__ . '/Host.php';
require __DIR__ . '/PageTestCase.php';
