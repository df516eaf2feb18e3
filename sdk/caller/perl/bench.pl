# Calls Bench::empty for the given number of seconds: make bench. Prints the processor time
# of this process for all calls, then the time of each call, in nanoseconds.
use strict;
use warnings;
use Cpanel::LiveAPI;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

my $cpanel = Cpanel::LiveAPI->new();
my @times;
my $cpu   = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
my $start = clock_gettime(CLOCK_MONOTONIC);
my $end   = $start + $ARGV[0];
while ( $start < $end ) {
    my $r = $cpanel->uapi( 'Bench', 'empty', { name => 'value' } );
    die "the call failed\n" if $r->{cpanelresult}{result}{status} != 1;
    my $now = clock_gettime(CLOCK_MONOTONIC);
    push @times, int( ( $now - $start ) * 1e9 );
    $start = $now;
}
$cpu = int( ( clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $cpu ) * 1e9 );
$cpanel->end();
print map { "$_\n" } $cpu, @times;
