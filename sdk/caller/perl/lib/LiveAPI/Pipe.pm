package LiveAPI::Pipe;

# Starts `liveapi pipe` as a child process with two pipes (W2). Loaded only when the
# page runs without a host.

use strict;
use warnings;

# Returns the handle to read from, the one to write to, and the child's process id.
sub start {
    my ($libraries) = @_;
    my $program = _program($libraries);
    my @low     = _low();
    pipe( my $replies, my $to_us ) && pipe( my $requests, my $to_host ) && pipe( my $trouble, my $report )
      or Cpanel::LiveAPI::_fail("cannot make a pipe to $program: $!");
    my $child = fork;
    Cpanel::LiveAPI::_fail("cannot start $program: $!") if !defined $child;
    _become( $program, $requests, $to_us, $report, @low ) if !$child;

    close $_ for $to_us, $requests, $report, @low;
    my ( $why, $n ) = ('');
    do { $n = sysread $trouble, $why, 512, length $why } while $n || !defined $n && $! == 4;    # EINTR
    return ( $replies, $to_host, $child ) if $why eq '';
    waitpid $child, 0;
    return Cpanel::LiveAPI::_fail("cannot start $program: $why");
}

# Runs in the child, without a shell. Kills itself when exec fails, so that the page's END blocks do not run.
sub _become {
    my ( $program, $requests, $to_us, $report, @low ) = @_;
    untie *STDIN;
    untie *STDOUT;
    close $_ for @low;
    if ( open( STDIN, '<&', $requests ) && open( STDOUT, '>&', $to_us ) && fileno STDIN == 0 && fileno STDOUT == 1 ) {
        no warnings 'exec';
        exec {$program} $program, 'pipe';
        syswrite $report, "$!";
    }
    else {
        syswrite $report, 'its standard input and output cannot be set up';
    }
    kill 'KILL', $$;
    return exit 127;
}

# A page may have closed its standard handles. Opens files with their numbers, so that no pipe gets one.
sub _low {
    my @low;
    while ( open my $hold, '+<', '/dev/null' ) {
        last if fileno $hold > 2;
        push @low, $hold;
    }
    return @low;
}

sub _program {
    my ($libraries) = @_;
    my $set = $ENV{LIVEAPI_BIN};
    if ( defined $set && $set ne '' ) {
        return $set if -f $set && -x _;
        Cpanel::LiveAPI::_fail("LIVEAPI_BIN names $set, which is no program that this account may run");
    }
    # Only absolute paths: a program in the page's own folder must never run by accident.
    # $beside is the folder that contains sdk. The libraries' folder is sdk, or sdk/caller in a checkout.
    require Cwd;
    my $beside = ( Cwd::abs_path($libraries) // $libraries ) =~ s{/[^/]*(?:/caller)?\z}{}r;
    my %seen;
    my @tried = grep { !$seen{$_}++ } map { "$_/liveapi" } "$beside/bin", grep( { m{^/} } split /:/, $ENV{PATH} // '' ), '/usr/local/bin', '/usr/bin';
    for my $path (@tried) {
        return $path if -f $path && -x _;
    }
    return Cpanel::LiveAPI::_fail( 'there is no LiveAPI host to talk to. CPANEL_CONNECT_SOCKET and CPANEL_PHPCONNECT_SOCKET are not set,'
          . ' and there is no program at '
          . join( ', ', @tried )
          . '. Run the page with `liveapi run PAGE`, or set LIVEAPI_BIN to the liveapi program' );
}

# Waits for a host whose pipes are closed. After about 2 s sends TERM, after 2 s more KILL.
sub reap {
    my ($child) = @_;
    local ( $?, $! );
    for my $signal ( undef, 'TERM', 'KILL' ) {
        kill $signal, $child if $signal;
        for my $ms ( 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512 ) {
            select undef, undef, undef, $ms / 1000 if $ms;    ## no critic (ProhibitSleepViaSelect) Time::HiRes would be one more module to load
            return if waitpid( $child, 1 );    # WNOHANG is always 1; -1: a signal handler of the page has already waited
        }
    }
    return;
}

1;
