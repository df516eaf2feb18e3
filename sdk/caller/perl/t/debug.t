use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use Host;

# The debug log (U §9) has every frame, and never a secret.

my $canary = 'CANARY4711';
my $answer = qq({"data":{"otpauth_str":"otpauth://totp/x?secret=$canary","secret":"$canary","list":[{"api_key":"$canary"}],)
  . qq("uri":"otpauth://totp/$canary?x","nested":{"tokens":{"a":"$canary"}},"url":"/login?user=alice&pass=$canary","plain":"shown é"},)
  . qq("errors":null,"messages":null,"metadata":{},"status":1,"warnings":null});
my $host = Host->start(
    sub {
        $_[0]->serve(
            'M::f'   => qq({"apiversion":3,"func":"f","module":"M","result":$answer}),
            'B::s'   => Host::Session::core( 'B', 's', 'null' ),
            'Old::f' => Host::Session::core( 'Old', 'f', 'null' ),
        );
    }
);
my $cpanel = Cpanel::LiveAPI->new;
is( $cpanel->get_debug_level, 0, 'debugging is off at first' );
$cpanel->uapi( 'M', 'f' );
is_deeply( [ $cpanel->get_debug_log ], [], 'and then nothing is logged' );

is( $cpanel->set_debug(1), 1, 'set_debug' );
my $result = $cpanel->uapi( 'M', 'f', { tfa_token => $canary, 'password-1' => [$canary], KEY => { a => $canary }, note => "pass=$canary", text => 'shown ü' } );
is( $result->{cpanelresult}{result}{data}{secret}, $canary, 'the page itself gets what it asked for' );
my ( $sent, $received ) = $cpanel->get_debug_log;
is( $sent,
    'sent <cpanelaction>{"apiversion":"uapi","args":{"KEY":"[redacted]","note":"[redacted]","password-1":"[redacted]","text":"shown ü","tfa_token":"[redacted]"},"func":"f","module":"M","reqtype":"exec"}<\/cpanelaction>' =~ s{\\/}{/}r,
    'what was sent, secrets redacted' );
like( $received, qr/\Areceived <cpanelresult>\{"apiversion":3,.*"plain":"shown é".*"status":1.*\}<\/cpanelresult>\z/, 'what was received' );

$cpanel->uapi( 'B', 's', { command => qq(["TwoFactorAuth","set_user_configuration",{"secret":"$canary"}]) } );
$cpanel->api1( 'Old', 'f', [ 'alice', $canary ] );
$cpanel->api1( 'Old', 'f', $canary );
$cpanel->exec(qq{<cpanel setvar="password=$canary">});
eval { $cpanel->exec(qq(<cpanelaction>{"module":"M","args":"$canary</cpanelaction>)) };
my $log = join "\n", $cpanel->get_debug_log;
unlike( $log, qr/CANARY/, 'no secret is in the log' );
like( $log, qr/set_user_configuration.*\[redacted\]/, 'of a batch the names are' );
like( $log, qr/sent <cpanelaction>\[\d+ bytes that cannot be read\]/, 'bytes that cannot be read are counted' );

require LiveAPI::Redaction;
for my $tag ( qq{<cpanel Email="addpop(alice,$canary)">}, qq{<cpanel setvar="a_key=$canary">}, "$canary", qq(<cpanelresult>{"a":"$canary"</cpanelresult>) ) {
    unlike( LiveAPI::Redaction::frame($tag), qr/CANARY/, 'redacted: ' . $tag =~ s/CANARY\d+/X/r );
}
is( LiveAPI::Redaction::frame(q{<cpanel print="$CPDATA{'DNS'}">}), q{<cpanel print="$CPDATA{'DNS'}">}, 'a tag that prints is shown' );

my $fresh = Cpanel::LiveAPI->new;
$fresh->debug_log( 1, 'not at this level' );
$fresh->debug_log( 0, 'always' );
$fresh->set_debug(2);
$fresh->debug_log('mine');
is_deeply( scalar $fresh->get_debug_log, [ 'always', 'mine' ], 'a page can log too, and get a reference' );
$fresh->debug_log( 1, "line $_" ) for 1 .. 2000;
is( scalar( () = $fresh->get_debug_log ), 1000, 'the log is bounded' );
is( ( $fresh->get_debug_log )[-1], 'line 2000', 'and keeps the latest' );
$fresh->set_debug(0);
$fresh->end;
is( ( $fresh->get_debug_log )[-1], 'line 2000', 'set_debug(0) switches it off' );

done_testing;
