use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp ();

# The tests use a copy of the library in another folder, so that they do not start a real host next to it.
my $root;

BEGIN {
    $root = File::Temp->newdir;
    system( 'mkdir', '-p', "$root/sdk/caller/perl", "$root/bin" ) == 0 && system( 'cp', '-r', "$FindBin::Bin/../lib", "$root/sdk/caller/perl" ) == 0 or die 'no copy of the library';
}
use lib "$root/sdk/caller/perl/lib";
use Test::More;
use Cpanel::LiveAPI;
use Host;
use POSIX ();

# How a session begins and ends: sockets (W1), pipes (W2), forked children, exit.

my $empty = File::Temp->newdir;
my $fake  = "$FindBin::Bin/bin";

sub error_of_new { eval { Cpanel::LiveAPI->new; 1 } and return ''; return $@ }
sub slurp { my ($path) = @_; open my $handle, '<', $path or return ''; local $/; return scalar <$handle> }

{
    local $ENV{PATH} = "$empty:relative";
    my $error = error_of_new();
    if ( -x '/usr/local/bin/liveapi' || -x '/usr/bin/liveapi' ) {
        is( $error, '', 'W2 a host that is installed is started' );
    }
    else {
        like( $error, qr/there is no LiveAPI host to talk to.*CPANEL_CONNECT_SOCKET and CPANEL_PHPCONNECT_SOCKET are not set/, 'W1 W2 no host: what was tried' );
        like( $error, qr{ $root/bin/liveapi, $empty/liveapi, /usr/local/bin/liveapi, /usr/bin/liveapi\. }, 'W2 no host: where it was looked for, never in the page\'s folder' );
        like( $error, qr/liveapi run PAGE.*LIVEAPI_BIN.* at \S+session\.t line \d+\.\n\z/, 'no host: what to do, and the page\'s line' );
    }
}
for my $libraries (qw(checkout/sdk/caller package/sdk)) {
    my ($top) = $libraries =~ m{\A(\w+)};
    system( 'mkdir', '-p', "$root/$libraries", "$root/$top/bin" ) == 0 && symlink '/bin/true', "$root/$top/bin/liveapi" or die "$top: $!";
    require LiveAPI::Pipe;
    is( LiveAPI::Pipe::_program("$root/$libraries"), "$root/$top/bin/liveapi", "W2 the program beside the sdk of a $top" );
}
{
    local $ENV{LIVEAPI_BIN} = "$empty/none";
    like( error_of_new(), qr{LIVEAPI_BIN names $empty/none, which is no program}, 'W2 LIVEAPI_BIN that names nothing' );
    open my $handle, '>', "$empty/broken" or die $!;
    print {$handle} "#!/nonexistent/interpreter\n";
    close $handle;
    chmod 0755, "$empty/broken";
    local $ENV{LIVEAPI_BIN} = "$empty/broken";
    like( error_of_new(), qr{cannot start $empty/broken: No such file}, 'W2 a program that cannot be run' );
    is( waitpid( -1, POSIX::WNOHANG() ), -1, 'W2 and no process is left' );
    local $ENV{LIVEAPI_BIN} = '/bin/true';
    like( error_of_new(), qr/closed the connection without an answer to the opening/, 'W2 a program that is no host' );
    is( waitpid( -1, POSIX::WNOHANG() ), -1, 'W2 and no process is left of it' );
}
{
    local $ENV{CPANEL_CONNECT_SOCKET} = "$empty/nobody";
    like( error_of_new(), qr{cannot connect to the LiveAPI host at $empty/nobody \(CPANEL_CONNECT_SOCKET\): No such file}, 'W1 a socket that is not there' );
    local $ENV{CPANEL_CONNECT_SOCKET} = '/x' x 60;
    like( error_of_new(), qr/longer than the 107 bytes/, 'W1 a path that no socket can have' );
}
for my $bad (qw(0 -1 soon 1e3 nan)) {
    local $ENV{LIVEAPI_TIMEOUT} = $bad;
    like( error_of_new(), qr/LIVEAPI_TIMEOUT must be a number of seconds/, "LIVEAPI_TIMEOUT=$bad" );
}
{
    my $first  = Host->start( sub { $_[0]->serve( 'M::f' => Host::Session::core( 'M', 'f', 1 ) ) } );
    my $second = Host->start( sub { $_[0]->serve( 'M::f' => Host::Session::core( 'M', 'f', 2 ) ) } );
    local $ENV{CPANEL_CONNECT_SOCKET}    = $first->path;
    local $ENV{CPANEL_PHPCONNECT_SOCKET} = $second->path;
    is( Cpanel::LiveAPI->new->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 1, 'W1 CPANEL_CONNECT_SOCKET comes first' );
    $ENV{CPANEL_CONNECT_SOCKET} = '';
    is( Cpanel::LiveAPI->new->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 2, 'W1 CPANEL_PHPCONNECT_SOCKET comes second' );
}
{
    my $refusal = '{"error":"Not for you.","result":{"data":null,"errors":["Not for you."],"messages":null,"metadata":{},"status":0,"warnings":null}}';
    my $host    = Host->start( sub { $_[0]->request; $_[0]->reply($refusal); $_[0]->request } );
    like( error_of_new(), qr/the host did not accept the session: Not for you\./, 'W5 a host that refuses the session' );
    my $other = Host->start( sub { $_[0]->request; $_[0]->reply('{"data":{"result":"xml"}}'); $_[0]->request } );
    like( error_of_new(), qr/did not answer as a LiveAPI host does \(W5\)/, 'W5 a host that answers something else' );
    delete $ENV{CPANEL_CONNECT_SOCKET};
}

# Pipes.
for my $how (qw(LIVEAPI_BIN PATH beside)) {
    my $note  = "$empty/note.$how";
    my $where = $how eq 'beside' ? "$root/bin" : $fake;
    local $ENV{FAKE_NOTE} = $note;
    local $ENV{PATH}      = $how eq 'PATH' ? "$fake:$ENV{PATH}" : $ENV{PATH};
    local $ENV{LIVEAPI_BIN} = "$fake/liveapi" if $how eq 'LIVEAPI_BIN';
    symlink "$fake/liveapi", "$root/bin/liveapi" or die $! if $how eq 'beside';
    my $cpanel = Cpanel::LiveAPI->new;
    my $host   = $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data};
    like( slurp($note), qr{\Astart $host \Q$where\E/liveapi pipe\n\z}, "W2 $how: `liveapi pipe` is started" );
    is( $cpanel->end, 1, "W2 $how: end" );
    like( slurp($note), qr/end $host\n\z/, "W2 $how: the host has ended" );
    is( waitpid( -1, POSIX::WNOHANG() ), -1, "W2 $how: its process is gone" );
    is( $cpanel->end, 1, "W2 $how: end is harmless twice" );
    isnt( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, $host, "W2 $how: a later call starts a new one" );
}
{
    local $ENV{LIVEAPI_BIN} = "$fake/liveapi";
    local $ENV{FAKE_NOTE}   = "$empty/note.deaf";
    local $ENV{FAKE_DEAF}   = 1;
    my $cpanel = Cpanel::LiveAPI->new;
    is( $cpanel->end, 1, 'W2 a host that does not end by itself' );
    like( slurp("$empty/note.deaf"), qr/terminated\n\z/, 'W2 is made to' );
    is( waitpid( -1, POSIX::WNOHANG() ), -1, 'W2 and no process is left' );
}
{
    local $ENV{LIVEAPI_BIN} = "$fake/liveapi";
    my $cpanel = Cpanel::LiveAPI->new;
    my $before = $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data};
    kill 'KILL', $before;
    my $bits = '';
    vec( $bits, fileno $cpanel->{connection}{in}, 1 ) = 1;
    select $bits, undef, undef, undef;    # its end of file is there
    isnt( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, $before, 'W2 a host that was killed between calls is replaced' );
}
{
    local $ENV{LIVEAPI_BIN} = "$fake/liveapi";
    my $code = 'close STDIN; close STDOUT; my $c = Cpanel::LiveAPI->new; print STDERR $c->uapi("M","f")->{cpanelresult}{result}{status}';
    is( `$^X -I$FindBin::Bin/../lib -MCpanel::LiveAPI -e '$code' 2>&1`, '1', 'W2 a page that has closed its standard handles' );
}

# Forks, ends and exits of a page.
{
    my $host   = Host->start( sub { my ( $session, $n ) = @_; $session->serve( 'M::f' => Host::Session::core( 'M', 'f', $n ) ) } );
    my $cpanel = Cpanel::LiveAPI->new;
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 1, 'W3 the page has the first session' );
    $host->next_request for 1, 2;
    for my $what (qw(exits ends calls)) {
        pipe( my $in, my $out ) or die $!;
        my $child = fork // die $!;
        if ( !$child ) {
            $SIG{ALRM} = 'DEFAULT';
            my $text = '';
            if ( $what eq 'ends' )  { $cpanel->end }
            if ( $what eq 'calls' ) { $text = $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}; $cpanel->end }
            undef $cpanel;
            syswrite $out, "done $text";
            POSIX::_exit(0);
        }
        close $out;
        waitpid $child, 0;
        is( scalar readline $in, $what eq 'calls' ? 'done 2' : 'done ', "W3 a forked child of the page $what" );
        if ( $what eq 'calls' ) {
            like( $host->next_request, $_, 'W3 the child has a session of its own' ) for qr/cpaneljson/, qr/cpanelaction/, qr/shutdown/;
        }
        else { ok( $host->silent, 'W3 and sends nothing over its parent\'s session' ) }
        is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 1, 'W3 whose session goes on' );
        $host->next_request;
    }
    local $@ = 'the page\'s error';
    local $? = 3;
    undef $cpanel;
    like( $host->next_request, qr/\A<cpanelxml shutdown="1" \/>\z/, 'W5 an object that goes ends its session' );
    is( "$@ $?", 'the page\'s error 3', 'and leaves $@ and $? alone' );
}
{
    my $host   = Host->start( sub { my ($session) = @_; $session->hello; $session->request; $session->request } );
    local $ENV{LIVEAPI_TIMEOUT} = '0.1';
    my $cpanel = Cpanel::LiveAPI->new;
    is( $cpanel->end, 1, 'W5 end does not wait for ever for a host that neither answers nor closes' );
}
for my $code ( 'exit 7', 'our $global = $cpanel; exit 7', 'END { $? = 7 } die "x"' ) {
    my $host = Host->start( sub { $_[0]->serve } );
    open my $page, '-|', $^X, '-w', "-I$FindBin::Bin/../lib", '-MCpanel::LiveAPI', '-e', "open STDERR, '>&STDOUT'; my \$cpanel = Cpanel::LiveAPI->new; $code" or die $!;
    my $said = do { local $/; readline $page };
    close $page;
    is( $? >> 8, 7, "the exit status of a page is its own: $code" );
    like( $said // '', $code =~ /die/ ? qr/\Ax at -e line 1\.\n\z/ : qr/\A\z/, 'nothing else is said' );
    $host->next_request;
    # Perl destroys global variables in no order: the connection may be closed before the object sends the tag.
    like( $host->next_request, $code =~ /our/ ? qr/shutdown|\AEOF\z/ : qr/shutdown/, 'W5 and its session was ended' );
}

done_testing;
