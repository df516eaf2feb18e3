use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use Host;

# Errors of a host: the page gets the reason, and never the reply to another call.

sub ok_reply { return Host::Session::core( 'M', 'f', '"right"' ) }

# Starts a host whose first connection follows the script and whose later ones work. Returns the
# object, the reply of a call over the first, the error, and the host.
sub broken {
    my ($script) = @_;
    my $host = Host->start(
        sub {
            my ( $session, $n ) = @_;
            return $session->serve( 'M::f' => ok_reply() ) if $n > 1;
            $session->hello;
            $session->request;
            $script->($session);
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    my $reply  = eval { $cpanel->uapi( 'M', 'f' ) };
    return ( $cpanel, $reply, $@, $host );
}

my $good = Host::Session::frame( ok_reply() );
my %wrong = (
    'end of file before the reply'         => [ sub { }, qr/closed the connection without an answer to M::f; whether it took effect is not known/ ],
    'end of file in the middle'            => [ sub { $_[0]->raw( substr $good, 0, 60 ) }, qr/in the middle of its reply to M::f/ ],
    'end of file within the marker'        => [ sub { $_[0]->raw( substr $good, 0, -3 ) }, qr/in the middle of its reply to M::f/ ],
    'W7 text before the reply'             => [ sub { $_[0]->raw("Deep recursion\n"); $_[0]->request }, qr/does not begin as W7 says/ ],
    'W7 no opening marker'                 => [ sub { $_[0]->raw("<cpanel>{}</cpanelresult>\n"); $_[0]->request }, qr/not one whole reply/ ],
    'W7 two replies at once'               => [ sub { $_[0]->raw( $good . $good ); $_[0]->request }, qr/not one whole reply/ ],
    'W7 no JSON'                           => [ sub { $_[0]->reply('{"a":'); $_[0]->request }, qr/holds no JSON object/ ],
    'W7 JSON that is no object'            => [ sub { $_[0]->reply('[1]'); $_[0]->request }, qr/holds no JSON object/ ],
    'W14 JSON that is not UTF-8'           => [ sub { $_[0]->reply(qq({"a":"\xff"})); $_[0]->request }, qr/holds no JSON object/ ],
    'W10 an empty reply'                   => [ sub { $_[0]->reply(''); $_[0]->request }, qr/is empty \(W10\)/ ],
    'W3 reply of another function'         => [ sub { $_[0]->reply( Host::Session::core( 'M', 'g', 1 ) ); $_[0]->request }, qr/is of another call/ ],
    'W3 reply of another module'           => [ sub { $_[0]->reply( Host::Session::core( 'N', 'f', 1 ) ); $_[0]->request }, qr/is of another call/ ],
    'W3 reply of no call'                  => [ sub { $_[0]->reply('{"data":{"result":"json"}}'); $_[0]->request }, qr/is of another call/ ],
    'W9 inner envelope of another call'    => [ sub { $_[0]->reply('{"cpanelresult":{"apiversion":2,"data":[],"func":"g","module":"M"}}'); $_[0]->request }, qr/is of another call/ ],
    'W9 inner envelope that is no object'  => [ sub { $_[0]->reply('{"cpanelresult":[]}'); $_[0]->request }, qr/is of another call/ ],
);
for my $name ( sort keys %wrong ) {
    my ( $script, $message ) = @{ $wrong{$name} };
    my ( $cpanel, $reply, $error, $host ) = broken($script);
    is( $reply, undef, "$name: no answer" );
    like( $error, $message, "$name: the reason" );
    like( $error, qr/\ACpanel::LiveAPI: .* at \S+wire\.t line \d+\.\n\z/, "$name: the page's line" );
    is( $cpanel->get_result, undef, "$name: no stale result" );
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', "$name: the next call has a new connection and its own answer" );
}

{
    local $ENV{LIVEAPI_TIMEOUT} = '0.2';
    my $host = Host->start(
        sub {
            my ( $session, $n ) = @_;
            return $session->serve( 'M::f' => ok_reply() ) if $n > 1;
            $session->hello;
            $session->request;
            $session->wait_for_go;
            $session->reply( Host::Session::core( 'M', 'f', '"late"' ) );
            $session->record('late reply sent');
            $session->request;
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    is( eval { $cpanel->uapi( 'M', 'f' ); 1 }, undef, 'W11 time-out: the call dies' );
    like( $@, qr/no answer to M::f within 0\.2 s \(LIVEAPI_TIMEOUT\); whether it took effect is not known/, 'W11 time-out: the reason' );
    $host->go;
    1 until $host->next_request eq 'late reply sent';
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', 'W11 a late reply does not reach the next call of the same name' );
}

{
    my $host = Host->start(
        sub {
            my ( $session, $n ) = @_;
            return $session->serve( 'M::f' => ok_reply() ) if $n > 1;
            $session->hello;
            $session->request;
            $session->wait_for_go;
            $session->reply( Host::Session::core( 'M', 'f', '"late"' ) );
            $session->request;
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    my $done   = eval {
        local $SIG{ALRM} = sub { die "the page's own alarm\n" };
        Time::HiRes::ualarm(100_000) if require Time::HiRes;
        $cpanel->uapi( 'M', 'f' );
    };
    is( $@, "the page's own alarm\n", 'a page may break a call off by an alarm of its own' );
    alarm 60;
    $host->go;
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', 'and the next call does not get that call\'s answer' );
}

{
    my $host = Host->start(
        sub {
            my ( $session, $n ) = @_;
            $session->hello;
            $session->request // return;
            $session->reply( ok_reply() );
            if ( $n == 1 ) { $session->wait_for_go; $session->reply( Host::Session::core( 'M', 'f', '"unasked"' ) ); $session->record('unasked') }
            return if $n == 2;    # W12: the host ends an idle session
            $session->request;
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    $cpanel->uapi( 'M', 'f' );
    $host->go;
    1 until $host->next_request eq 'unasked';
    is( eval { $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data} } // $@, 'right', 'W3 a reply that nobody asked for is not taken' );
    vec( my $bits = '', fileno $cpanel->{connection}{in}, 1 ) = 1;
    select $bits, undef, undef, undef;    # the end of file is there
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', 'W12 a session that the host has closed meanwhile is opened anew' );
}

{
    my $interrupted = 0;
    local $SIG{USR1} = sub { $interrupted++ };
    my $page = $$;
    my $host = Host->start(
        sub {
            my ($session) = @_;
            $session->hello;
            while ( ( $session->request // 'shutdown' ) !~ /shutdown/ ) {
                for my $byte ( split //, Host::Session::frame( ok_reply() ) ) {
                    kill 'USR1', $page;
                    $session->raw($byte);
                    1 until $session->was_read;
                }
            }
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', "W7 a reply split at every byte, signals in between ($_)" ) for 1 .. 3;
    cmp_ok( $interrupted, '>', 0, 'signals did come' );
}

# A reply in pieces is read by other code than one that arrives whole.
{
    my $text  = Host::Session::frame( ok_reply() );
    my @split = ( [ split //, $text ], map { [ substr( $text, 0, $_ ), substr $text, $_ ] } 1 .. length($text) - 1 );
    my $host  = Host->start(
        sub {
            my ($session) = @_;
            $session->hello;
            for my $pieces (@split) {
                $session->request;
                for my $piece (@$pieces) {
                    $session->raw($piece);
                    1 until $session->was_read;
                }
            }
            $session->request;
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    my $right  = grep { $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data} eq 'right' } @split;
    is( $right, scalar @split, 'W7 a reply in pieces of a byte, and torn at every byte' );
}

{
    my $json = ok_reply();
    my %spelt = (
        'white space after it'       => Host::Session::frame($json) . "\n \n",
        'no XML declaration'         => "<cpanelresult>$json</cpanelresult>\n",
        'white space around the JSON' => qq{<?xml version="1.0" ?>\n<cpanelresult> $json </cpanelresult>\n},
        'no newline at the end'      => qq{<?xml version="1.0" ?>\n<cpanelresult>$json</cpanelresult>},
    );
    for my $name ( sort keys %spelt ) {
        my $host = Host->start( sub { $_[0]->hello; $_[0]->request; $_[0]->raw( $spelt{$name} ); $_[0]->request } );
        is( Cpanel::LiveAPI->new->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', "W7 read although it is not exact: $name" );
    }
}

{
    local $ENV{LIVEAPI_TIMEOUT} = '0.5';
    my ( $cpanel, $reply, $error, $host ) = broken( sub { $_[0]->raw( substr $good, 0, 60 ); $_[0]->wait_for_go } );
    like( $error, qr/no answer to M::f within 0\.5 s/, 'W11 time-out in the middle of a reply' );
    my $large = 'x' x ( 4 << 20 );
    ( $cpanel, $reply, $error, $host ) = broken( sub { $_[0]->raw( substr Host::Session::frame( Host::Session::core( 'M', 'f', qq("$large") ) ), 0, 3 << 20 ) } );
    like( $error, qr/in the middle of its reply to M::f/, 'W15 a host that dies in the middle of a large reply' );
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', 'and the next call has a new connection' );
}

{
    my $big  = 'x' x ( 1 << 20 );
    my $host = Host->start( sub { $_[0]->serve( 'M::f' => Host::Session::core( 'M', 'f', qq("$big") ), 'M::length' => sub { Host::Session::core( 'M', 'length', length $_[0] ) } ) } );
    my $cpanel = Cpanel::LiveAPI->new;
    is( length $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 1 << 20, 'W15 a reply of 1 MiB' );
    cmp_ok( $cpanel->uapi( 'M', 'length', { text => $big } )->{cpanelresult}{result}{data}, '>', 1 << 20, 'W12 a request of 1 MiB, written in parts' );
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{func}, 'f', "and the session goes on ($_)" ) for 1 .. 3;
}

{
    my $refusal = '{"error":"too long (W12)","result":{"data":null,"errors":["too long (W12)"],"messages":null,"metadata":{},"status":0,"warnings":null}}';
    my $host    = Host->start(
        sub {
            my ( $session, $n ) = @_;
            return $session->serve( 'M::f' => ok_reply() ) if $n > 1;
            $session->hello;
            sysread $session->{socket}, my $some, 100;
            $session->reply($refusal);
        }
    );
    my $cpanel = Cpanel::LiveAPI->new;
    my $reply  = $cpanel->uapi( 'M', 'f', { text => 'x' x ( 2 << 20 ) } );
    is_deeply( $reply->{cpanelresult}{result}{errors}, ['too long (W12)'], 'W13 a request that the host refuses half-way: its reason, and no SIGPIPE' );
    is( $cpanel->uapi( 'M', 'f' )->{cpanelresult}{result}{data}, 'right', 'W13 the next call has a new connection' );
}

{
    my $text = 'The request body was empty (W6).';
    my $w10  = qq({"error":"$text","result":{"data":null,"errors":["$text"],"messages":null,"metadata":{},"status":0,"warnings":null}});
    my $host = Host->start( sub { $_[0]->serve( 'M::f' => $w10, 'print::' => $w10, 'if::if' => $w10, 'feature::feature' => $w10 ) } );
    my $cpanel = Cpanel::LiveAPI->new;
    for my $method (qw(uapi api3 api2 api1)) {
        my $reply = $cpanel->$method( 'M', 'f' );
        is( $reply->{cpanelresult}{result}{status}, 0, "W10 $method: a refusal is an ordinary answer" );
        is( $reply->{cpanelresult}{error}, $text, "W10 $method: with its text" );
    }
    is( $cpanel->cpanelprint('$x'), '', 'W10 cpanelprint' );
    is( $cpanel->cpanelif('$x'), 0, 'W10 cpanelif' );
    is( $cpanel->cpanelfeature('x'), 0, 'W10 cpanelfeature' );
    is_deeply( [ $cpanel->get_debug_log ], [ ("error: $text") x 3 ], 'W10 the reasons are in the debug log' );
}

done_testing;
