use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use Host;

# The methods other than uapi (U §9) that the golden conversations do not cover.

my $dom = Host::Session::core( 'Chrome', 'get_dom', '{"header":"<html>é","footer":"</html>"}' ) =~ s/</\\u003c/gr;
my $host = Host->start(
    sub {
        $_[0]->serve(
            'Chrome::get_dom'           => $dom,
            'Park::list'                => '{"cpanelresult":{"apiversion":2,"data":[1],"event":{"result":1},"func":"list","module":"Park"}}',
            'Old::old'                  => '{"apiversion":"1","data":{"result":"text"},"event":{"result":1},"func":"old","module":"Old","source":"internal","type":"event"}',
            '<cpanel Old="old(a)">'     => '{"apiversion":"1","data":{"result":"text"},"event":{"result":1},"func":"old","module":"Old","source":"internal","type":"event"}',
            '<cpanel setvar="a=b">'     => '{"data":{"result":"anything"}}',
            'Inner::inner'              => '{"apiversion":3,"cpanelresult":{"x":1},"func":"inner","module":"Inner","result":{"data":null,"status":1}}',
        );
    }
);
my $cpanel = Cpanel::LiveAPI->new;
$host->next_request;

sub args { my ($json) = $host->next_request =~ /"args":(.*?),"func"/; return $json }

is( $cpanel->header('Title ü'), '<html>é', 'U §9 header' );
is( args(), do { my $t = '{"page_title":"Title ü"}'; utf8::encode($t); $t }, 'U §9 header asks Chrome::get_dom with the page\'s title' );
is( $cpanel->footer, '</html>', 'U §9 footer' );
ok( $host->silent, 'U §9 one call serves both' );
$cpanel->header( 'Other', 'app_key' );
is( args(), '{"page_title":"Other"}', 'U §9 another title is asked for' );
is( $cpanel->header, '<html>é', 'U §9 header without a title' );
is( args(), '{}', 'U §9 asks without one' );
my $second = Cpanel::LiveAPI->new;
is( $second->footer, '</html>', 'U §9 a footer without a header' );
$host->next_request for 1, 2;

$cpanel->uapi( 'M', 'f' );
is( ref $cpanel->get_result, 'HASH', 'get_result after uapi: its data' );
$cpanel->api2( 'Park', 'list' );
is_deeply( $cpanel->get_result, [1], 'get_result after api2: its data' );
$cpanel->api1( 'Old', 'old' );
is( $cpanel->get_result, 'text', 'get_result after api1: data.result' );
$host->next_request for 1, 2, 3;

my %list = ( 'none' => [ [], '[]' ], 'undef' => [ [undef], '[]' ], 'a string' => [ ['x'], '"x"' ], 'a reference' => [ [ [ 'a', 'b' ] ], '["a","b"]' ], 'a list' => [ [ 'a', 'b' ], '["a","b"]' ] );
for my $name ( sort keys %list ) {
    $cpanel->api1( 'Old', 'old', @{ $list{$name}[0] } );
    is( args(), $list{$name}[1], "U §9 api1 with $name" );
}

is( $cpanel->exec('<cpanel Old="old(a)">')->{cpanelresult}{data}{result}, 'text', 'W5 exec of an API 1 tag' );
is( $cpanel->exec('<cpanel setvar="a=b">')->{cpanelresult}{data}{result}, 'anything', 'W5 exec of setvar' );
is( $cpanel->exec(q(<cpanelaction>{"module":"Old","func":"old"}</cpanelaction>))->{cpanelresult}{module}, 'Old', 'W5 exec of an action' );
is( eval { $cpanel->exec('<cpanel Wrong="old(a)">'); 1 }, undef, 'W3 exec too checks whose reply it is' );
is_deeply( $cpanel->uapi( 'Inner', 'inner' )->{cpanelresult}{cpanelresult}, { x => 1 }, 'W9 only an inner envelope that comes first is one' );

my $failing = Host->start( sub { $_[0]->serve( 'Chrome::get_dom' => '{"apiversion":3,"func":"get_dom","module":"Chrome","result":{"data":null,"errors":["Broken."],"messages":null,"metadata":{},"status":0,"warnings":null}}' ) } );
my $other = Cpanel::LiveAPI->new;
is( $other->header('x') . $other->footer, '', 'U §9 header and footer are empty on failure' );
is_deeply( [ $other->get_debug_log ], ['error: Broken.'], 'U §9 and the reason is in the debug log' );

is( eval { $other->nosuch; 1 }, undef, 'a method that does not exist' );
like( $@, qr/Can't locate object method "nosuch"/, 'is Perl\'s own error' );

done_testing;
