use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use Run;
use LiveAPI::JSON;
use LiveAPI::Redaction;

# What the log hides: the words and the vectors that Go and PHP are tested with, too.

my $folder = "$FindBin::Bin/../../../../protocol/testdata/redaction";
my @words  = map { /\A=(.*)/ ? "(?:^|[^a-z])$1(?:\$|[^a-z])" : $_ } grep { !/\A(?:#|\z)/ } split /\n/, Run::text("$folder/words.txt");
is( LiveAPI::Redaction::words(), join( '|', @words ), 'S19 the words are those of the list' );

my $vectors = LiveAPI::JSON::decode( LiveAPI::JSON::octets( Run::text("$folder/vectors.json") ) );
cmp_ok( scalar @$vectors, '>', 100, 'vectors' );
for my $vector (@$vectors) {
    my ( $frame, $in, $want ) = @{$vector}{qw(frame in shown)};
    my $title = "S19 $vector->{name}";
    my $kind = $frame eq 'reply' ? 'result' : 'action';
    my ($json) = ref $in ? LiveAPI::JSON::encode($in) : LiveAPI::JSON::octets($in);
    my $payload = ref $in || $frame eq 'reply' ? "<cpanel$kind>\n$json\n</cpanel$kind>" : $json;
    my $shown   = LiveAPI::Redaction::frame($payload);
    if    ( !defined $want ) { like( $shown, qr/\A(?:<cpanel(\w+)>)?\[\d+ bytes that cannot be read\](?:<\/cpanel\1>)?\z/, $title ) }
    elsif ( !ref $want )     { is( $shown, $want, $title ) }
    else {
        my ($inner) = $shown =~ m{\A<cpanel$kind>(.*)</cpanel$kind>\z}s;
        is_deeply( LiveAPI::JSON::decode( LiveAPI::JSON::octets($inner) ), $want, $title ) or diag $shown;
    }
}

done_testing;
