use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Host;
use Run;

# All installed JSON codecs have the same results. JSON::PP is part of Perl.

my @codecs = grep { my $class = $_; eval { require( $class =~ s{::}{/}gr . '.pm' ) } } qw(Cpanel::JSON::XS JSON::XS JSON::PP);
is( $codecs[-1], 'JSON::PP', 'JSON::PP is there' );
cmp_ok( scalar @codecs, '>', 1, 'and at least one codec in C' );
for my $codec (@codecs) {
    local $ENV{LIVEAPI_JSON} = $codec;
    is( ( Run::run( '/', '', $^X, '-I', Run::library(), '-MLiveAPI::JSON', '-e', 'print LiveAPI::JSON::name()' ) )[1], $codec, "LIVEAPI_JSON=$codec" );
    for my $test (qw(conversations text debug methods)) {
        my ( $status, $out, $error ) = Run::run( $FindBin::Bin, '', $^X, "$FindBin::Bin/$test.t" );
        is( $status, 0, "$test.t by $codec" ) or diag "$out$error";
    }
}
local $ENV{LIVEAPI_JSON} = 'Data::Dumper';
like( ( Run::run( '/', '', $^X, '-I', Run::library(), '-MCpanel::LiveAPI', '-e', 'Cpanel::LiveAPI::_part("JSON"); eval { LiveAPI::JSON::name() }; print $@' ) )[1], qr/LIVEAPI_JSON must be one of Cpanel::JSON::XS, JSON::XS, JSON::PP at -e line 1/, 'another class is never loaded' );
local $ENV{LIVEAPI_JSON} = '';
is( ( Run::run( '/', '', $^X, '-I', Run::library(), '-MLiveAPI::JSON', '-e', 'print LiveAPI::JSON::name()' ) )[1], $codecs[0], 'without it the fastest is taken' );

done_testing;
