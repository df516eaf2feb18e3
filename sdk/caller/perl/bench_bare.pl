# What bench.pl does, with the least that can make a call: the frame is made once, and
# nothing is checked.
use strict;
use warnings;
use LiveAPI::JSON;
use Socket      qw(AF_UNIX SOCK_STREAM pack_sockaddr_un);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

my $codec = LiveAPI::JSON::name()->new->utf8;
socket( my $socket, AF_UNIX, SOCK_STREAM, 0 ) or die "socket: $!\n";
connect( $socket, pack_sockaddr_un( $ENV{CPANEL_CONNECT_SOCKET} ) ) or die "connect: $!\n";
my $json  = '{"module":"Bench","reqtype":"exec","func":"empty","apiversion":"uapi","args":{"name":"value"}}';
my $frame = length($json) + 31 . "\n<cpanelaction>\n$json\n</cpanelaction>";
my $head  = length qq{<?xml version="1.0" ?>\n<cpanelresult>};
my $tail  = length "</cpanelresult>\n";

my @times;
my $cpu   = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
my $start = clock_gettime(CLOCK_MONOTONIC);
my $end   = $start + $ARGV[0];
while ( $start < $end ) {
    syswrite $socket, $frame;
    sysread $socket, my $reply, 8192;
    my $r = $codec->decode( substr $reply, $head, -$tail );
    die "the call failed\n" if $r->{result}{status} != 1;
    my $now = clock_gettime(CLOCK_MONOTONIC);
    push @times, int( ( $now - $start ) * 1e9 );
    $start = $now;
}
print map { "$_\n" } int( ( clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $cpu ) * 1e9 ), @times;
