<?php
namespace LiveAPI;

/** Finds out why arguments cannot be encoded as JSON. Loaded only when that happens. */
final class Fault
{
    /**
     * The message names the argument, and never has its value.
     *
     * @param mixed $args
     */
    public static function in($args): InvalidArgument
    {
        $path = self::find($args, '', 0);
        $where = $path === null || $path === '' ? 'an argument' : "the argument “{$path}”";
        switch ($path === null ? JSON_ERROR_NONE : json_last_error()) {
            case JSON_ERROR_UTF8:
                return new InvalidArgument("$where is not valid UTF-8; convert it first, for instance with "
                    . "mb_convert_encoding(…, 'UTF-8', 'ISO-8859-1') (W6)");
            case JSON_ERROR_NONE:
                return new InvalidArgument('the arguments are nested too deeply (W14)');
            default:
                return new InvalidArgument("$where cannot be sent: " . json_last_error_msg() . ' (W6)');
        }
    }

    /**
     * The path of the first part that cannot be encoded. json_last_error() is then its error.
     *
     * @param mixed $value
     */
    private static function find($value, string $path, int $depth): ?string
    {
        if (!is_array($value)) {
            return json_encode($value) === false ? $path : null;
        }
        if ($depth > 32) {
            return null;
        }
        $place = 0;
        foreach ($value as $name => $member) {
            $place++;
            if (json_encode((string) $name) === false) {
                return "number $place" . ($path === '' ? '' : " of $path") . ' (its name)';
            }
            $found = self::find($member, $path === '' ? (string) $name : "{$path}[$name]", $depth + 1);
            if ($found !== null) {
                return $found;
            }
        }
        return null;
    }
}
