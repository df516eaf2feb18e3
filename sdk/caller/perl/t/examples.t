use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Host;
use Run;

# The example pages, against a host that plays the answers of TwoFactorAuth (U §7).

my $examples = "$FindBin::Bin/../../../../examples";
my $end      = '"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null';

sub get { my ($enabled) = @_; return qq({"apiversion":3,"func":"get_user_configuration","module":"TwoFactorAuth","result":{"data":{"is_enabled":$enabled,"issuer":"host.example.com"},$end}}) }

sub answers {
    my (@enabled) = @_;
    my $refused = '"errors":["The parameter “secret” is required."],"messages":null,"metadata":{},"status":0,"warnings":null';
    utf8::encode($refused);
    return sub {
        $_[0]->serve(
            'TwoFactorAuth::get_user_configuration'    => sub { get( shift @enabled ) },
            'TwoFactorAuth::set_user_configuration'    => qq({"apiversion":3,"func":"set_user_configuration","module":"TwoFactorAuth","result":{"data":null,$refused}}),
            'TwoFactorAuth::remove_user_configuration' => qq({"apiversion":3,"func":"remove_user_configuration","module":"TwoFactorAuth","result":{"data":{"tfa_removed":1},$end}}),
        );
    };
}

my $host = Host->start( answers(1) );
is_deeply( [ Run::run( $examples, '', Run::page('status.live.pl') ) ], [ 0, <<"TEXT", '' ], 'status.live.pl' );
Content-type: text/plain; charset=utf-8\r
\r
status.live.pl (Perl)

  → TwoFactorAuth::get_user_configuration()
  ← status 1  is_enabled 1, issuer host.example.com

  → TwoFactorAuth::set_user_configuration(secret, tfa_token)
  ← status 0  The parameter “secret” is required.

TEXT
$host = Host->start( answers(0) );
my ( $status, $out ) = Run::run( $examples, '', Run::page('status.live.pl') );
is( $status, 1, 'status.live.pl fails when nothing is enabled' );
like( $out, qr/^The page expected two-factor authentication to be enabled: run enrol\.live\.php first\.\n\z/m, 'and says so' );

$host = Host->start( answers( 1, 0 ) );
is_deeply( [ Run::run( $examples, '', Run::tt(), 'remove.html.tt' ) ], [ 0, <<'TEXT', '' ], 'remove.html.tt' );
remove.html.tt (Template Toolkit)

  → TwoFactorAuth::get_user_configuration()
  ← status 1  is_enabled 1, issuer host.example.com

  → TwoFactorAuth::remove_user_configuration()
  ← status 1  tfa_removed 1

  → TwoFactorAuth::get_user_configuration()
  ← status 1  is_enabled 0, issuer host.example.com

TEXT
$host = Host->start( answers( 1, 1 ) );
like( ( Run::run( $examples, '', Run::tt(), 'remove.html.tt' ) )[1], qr/^The page expected is_enabled 0\.\n/m, 'remove.html.tt says when it did not work' );

done_testing;
