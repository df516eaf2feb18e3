# Calls Bench::empty for the given number of seconds and prints the time of each call in nanoseconds: make bench.
use strict;
use warnings;
use Cpanel::LiveAPI;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $cpanel = Cpanel::LiveAPI->new();
my @times;
my $start = clock_gettime(CLOCK_MONOTONIC);
my $end   = $start + $ARGV[0];
while ( $start < $end ) {
    my $r = $cpanel->uapi( 'Bench', 'empty', { name => 'value' } );
    die "the call failed\n" if $r->{cpanelresult}{result}{status} != 1;
    my $now = clock_gettime(CLOCK_MONOTONIC);
    push @times, int( ( $now - $start ) * 1e9 );
    $start = $now;
}
$cpanel->end();
print map { "$_\n" } @times;
