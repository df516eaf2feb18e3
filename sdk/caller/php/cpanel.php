<?php
/**
 * The class CPANEL, with which a LiveAPI page in PHP calls its host.
 *
 *     require '/usr/local/cpanel/php/cpanel.php';
 *     $cpanel = new CPANEL();
 *     $reply  = $cpanel->uapi('DomainInfo', 'list_domains');
 *     $result = $reply['cpanelresult']['result'];   // status, data, errors, …
 *     $cpanel->end();
 *
 * PHP 7.4 to 8.4, standard extensions only. Rule numbers (W…, U…) are those of
 * docs/spec.
 */

require_once __DIR__ . '/Exception.php';
require_once __DIR__ . '/Reply.php';
require_once __DIR__ . '/Connection.php';

use LiveAPI\Connection;
use LiveAPI\DebugLog;
use LiveAPI\Exception;

class CPANEL
{
    /** Seconds to wait for a reply: LIVEAPI_TIMEOUT, else 60 (a host replies within 50). */
    public float $timeout = 60.0;

    private ?Connection $connection = null;
    private ?DebugLog $log = null;
    private int $level = 0;

    /** @var array<mixed>|null what the last call returned */
    private ?array $last = null;

    /** @var array{title: string, app_key: string, header: string, footer: string}|null */
    private ?array $dom = null;

    /**
     * Connects at once (the host reports a page that never connects).
     *
     * @throws Exception when there is no host
     */
    public function __construct()
    {
        $seconds = (string) getenv('LIVEAPI_TIMEOUT');
        if ($seconds !== '') {
            if (!is_numeric($seconds) || $seconds <= 0) {
                throw new Exception('LIVEAPI_TIMEOUT must be a number of seconds above 0');
            }
            $this->timeout = (float) $seconds;
        }
        $this->connect();
    }

    public function __destruct()
    {
        $this->end();
    }

    /**
     * Calls a function of UAPI.
     *
     * @param string $module such as 'Email'
     * @param string $func   such as 'list_pops'
     * @param mixed  $args   names to values
     * @return array<mixed> ['cpanelresult']['result'] has status, data, errors, messages, warnings, metadata (U1)
     * @throws Exception             when there is no valid reply
     * @throws LiveAPI\InvalidArgument when an argument cannot be sent
     */
    public function uapi($module, $func, $args = [])
    {
        return $this->call($module, 'exec', $func, 'uapi', $args);
    }

    /** The older name of uapi(). */
    public function api3($module, $func, $args = [])
    {
        return $this->call($module, 'exec', $func, 'uapi', $args);
    }

    /** Calls a function of API 2: ['cpanelresult'] has data, event and, on failure, error. */
    public function api2($module, $func, $args = [])
    {
        return $this->call($module, 'exec', $func, '2', $args);
    }

    /** Calls a function of API 1, with a list of arguments or one string: ['cpanelresult']['data']['result']. */
    public function api1($module, $func, $args = [])
    {
        return $this->call($module, 'exec', $func, '1', $args);
    }

    /**
     * Sends any request: module, func, args, reqtype ('exec' by default) and
     * apiversion ('uapi' by default).
     *
     * @param array<string, mixed> $request
     * @return array<mixed> as the other methods return it for this reqtype and apiversion
     */
    public function exec(array $request)
    {
        $request += ['module' => '', 'reqtype' => 'exec', 'func' => '', 'apiversion' => 'uapi', 'args' => []];
        $this->last = null;
        $module = $this->text($request['module'], 'module');
        $reqtype = $this->text($request['reqtype'], 'reqtype');
        $func = $this->text($request['func'], 'func');
        $version = is_int($request['apiversion']) ? $request['apiversion'] : $this->text($request['apiversion'], 'apiversion');
        return $this->call($module, $reqtype, $func, $version, $request['args']);
    }

    /** The value of an expression such as '$CPDATA{\'DNS\'}': ['cpanelresult']['data']['result']. */
    public function fetch($var)
    {
        $this->last = null;
        $var = $this->text($var, 'var');
        return $this->ask("<cpanel print=\"$var\">", 'print', null);
    }

    /** The text with its variables replaced; an unknown variable becomes ''. */
    public function cpanelprint($value)
    {
        return (string) $this->inner($this->call('print', 'exec', '', '1', $value), '');
    }

    /** The text of a key in the account's language, or the key itself. */
    public function cpanellangprint($key)
    {
        $text = (string) $this->inner($this->call('langprint', 'exec', '', '1', $key), '');
        return $text === '' ? (string) $key : $text;
    }

    /** 1 when the expression is true, else 0. */
    public function cpanelif($code)
    {
        return (int) (bool) $this->inner($this->call('if', 'if', 'if', '1', $code), 0);
    }

    /** 1 when the account has the feature, else 0. */
    public function cpanelfeature($feature)
    {
        return (int) (bool) $this->inner($this->call('feature', 'feature', 'feature', '', $feature), 0);
    }

    /** HTML before the page's content; '' and an entry in the debug log when the call fails. */
    public function header($title = '', $app_key = '')
    {
        return $this->dom((string) $title, (string) $app_key)['header'];
    }

    /** HTML after the page's content, from the same call as the last header(). */
    public function footer()
    {
        return ($this->dom ?? $this->dom('', ''))['footer'];
    }

    /** cpanelresult.data.result of the last call, or cpanelresult.data, or (UAPI) cpanelresult.result.data; null after a failed call. */
    public function get_result()
    {
        $reply = $this->last['cpanelresult'] ?? [];
        $data = $reply['data'] ?? null;
        if (is_array($data) && array_key_exists('result', $data)) {
            return $data['result'];
        }
        return $data ?? $reply['result']['data'] ?? null;
    }

    /** Ends the session. Harmless when called twice. A later call opens a new session. */
    public function end()
    {
        $connection = $this->connection;
        $this->connection = null;
        if ($connection === null) {
            return;
        }
        $trouble = $connection->end($this->timeout);
        if ($trouble !== '') {
            $this->log()->add("! $trouble");
        }
    }

    /**
     * 1 or more: log every frame, with secrets replaced. 0: stop.
     *
     * @param string $file append the log to this file, too
     */
    public function set_debug($level = 1, $file = '')
    {
        $this->level = max(0, (int) $level);
        $this->log()->to((string) $file);
    }

    /** Adds the page's own entry: debug_log('text'), or debug_log(2, 'text') for level 2 and above. */
    public function debug_log($level, $text = null)
    {
        if ($text === null) {
            $text = $level;
            $level = 1;
        }
        if ((int) $level <= $this->level) {
            $this->log()->add((string) $text);
        }
    }

    /** The log's text, at most its last MiB. */
    public function get_debug_log()
    {
        return $this->log === null ? '' : $this->log->text();
    }

    public function get_debug_level()
    {
        return $this->level;
    }

    /**
     * @param mixed $version
     * @param mixed $args
     * @return array<mixed>
     */
    private function call($module, $reqtype, $func, $version, $args): array
    {
        $this->last = null;
        if (!is_string($module) || !is_string($func)) {
            $module = $this->text($module, 'module');
            $func = $this->text($func, 'func');
        }
        if (($args === [] || $args === null) && $version !== '1' && $version !== 1) {
            $args = new stdClass(); // PHP has one empty array for maps and lists; API 1 takes a list (U9).
        }
        $json = json_encode(['module' => $module, 'reqtype' => $reqtype, 'func' => $func, 'apiversion' => $version, 'args' => $args]);
        if ($json === false) {
            $this->text($module, 'module');
            $this->text($func, 'func');
            require_once __DIR__ . '/Fault.php';
            throw LiveAPI\Fault::in($args);
        }
        return $this->ask("<cpanelaction>\n$json\n</cpanelaction>", $module, $reqtype === 'exec' ? $func : null);
    }

    /** @param mixed $value */
    private function text($value, string $name): string
    {
        if (is_array($value) || !preg_match('//u', (string) $value)) {
            throw new LiveAPI\InvalidArgument("the argument “{$name}” must be text in UTF-8 (W6)");
        }
        return (string) $value;
    }

    /**
     * Sends a payload. Returns the reply, wrapped in `cpanelresult` once (W9), and keeps
     * it as the last result. After an exception there is no last result.
     *
     * @param ?string $func null when the reply does not name a function
     * @return array<mixed>
     */
    private function ask(string $payload, string $module, ?string $func): array
    {
        if ($this->connection === null || !$this->connection->usable()) {
            $this->connect();
        }
        $what = $func === null ? $module : "$module::$func";
        $reply = $this->level < 1
            ? $this->connection->exchange($payload, $what, $this->timeout)
            : $this->exchange($payload, $what);
        if (array_key_first($reply) === 'cpanelresult' && is_array($reply['cpanelresult'])) {
            $inner = $reply['cpanelresult'];
        } else {
            $inner = $reply;
            $reply = ['cpanelresult' => $inner];
        }
        $mine = ($inner['module'] ?? null) === $module && ($func === null || ($inner['func'] ?? null) === $func);
        if (!$mine && !self::unread($inner, $module, $func)) {
            $this->connection->close();
            throw $this->noted(new Exception("the answer to $what is for another call; the session was closed"));
        }
        return $this->last = $reply;
    }

    /**
     * Whether this is the reply to a request that the host could not read (W10). Names
     * may be missing in it, but other names than those of the request are an error.
     *
     * @param array<mixed> $reply
     */
    private static function unread(array $reply, string $module, ?string $func): bool
    {
        return isset($reply['error'], $reply['result']['errors'])
            && in_array($reply['module'] ?? null, [$module, null, ''], true)
            && ($func === null || in_array($reply['func'] ?? null, [$func, null, ''], true));
    }

    /** Opens a session and switches it to JSON (W5). */
    private function connect(): void
    {
        if ($this->connection !== null) {
            if ($this->connection->busy()) {
                throw new Exception('a call is under way: a signal handler cannot make another on the same object');
            }
            $this->connection->close();
            $this->connection = null;
        }
        $this->connection = Connection::open($this->timeout);
        $reply = $this->exchange('<cpaneljson enable="1">', 'the switch to JSON');
        if (($reply['data']['result'] ?? null) !== 'json') {
            $this->connection->close();
            $said = is_string($reply['error'] ?? null) ? $reply['error'] : 'what answers is no LiveAPI host';
            throw $this->noted(new Exception("the host refused the session: $said"));
        }
    }

    /** @return array<mixed> */
    private function exchange(string $payload, string $what): array
    {
        if ($this->level < 1) {
            return $this->connection->exchange($payload, $what, $this->timeout);
        }
        $this->log()->sent($payload);
        $start = hrtime(true);
        try {
            $reply = $this->connection->exchange($payload, $what, $this->timeout);
        } catch (Exception $e) {
            throw $this->noted($e);
        }
        $this->log()->received($reply, (hrtime(true) - $start) / 1e9);
        return $reply;
    }

    private function noted(Exception $e): Exception
    {
        $this->log()->add('! ' . $e->getMessage());
        return $e;
    }

    private function log(): DebugLog
    {
        if ($this->log === null) {
            require_once __DIR__ . '/DebugLog.php';
            $this->log = new DebugLog();
        }
        return $this->log;
    }

    /**
     * @param array<mixed> $reply
     * @param mixed        $otherwise
     * @return mixed
     */
    private function inner(array $reply, $otherwise)
    {
        return $reply['cpanelresult']['data']['result'] ?? $otherwise;
    }

    /** @return array{header: string, footer: string} */
    private function dom(string $title, string $app_key): array
    {
        $asked = ['title' => $title, 'app_key' => $app_key];
        if ($this->dom !== null && array_intersect_key($this->dom, $asked) === $asked) {
            return $this->dom;
        }
        $args = array_filter(['page_title' => $title, 'app_key' => $app_key], 'strlen');
        $result = $this->uapi('Chrome', 'get_dom', $args)['cpanelresult']['result'] ?? [];
        if (empty($result['status'])) {
            $this->log()->add('! Chrome::get_dom failed: ' . implode(' ', (array) ($result['errors'] ?? [])));
            return ['header' => '', 'footer' => ''];
        }
        return $this->dom = $asked + [
            'header' => (string) ($result['data']['header'] ?? ''),
            'footer' => (string) ($result['data']['footer'] ?? ''),
        ];
    }
}
