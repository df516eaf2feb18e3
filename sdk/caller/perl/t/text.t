use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use Host;
use JSON::PP ();

# Text is characters in arguments and results (W4 counts bytes, W14 requires valid UTF-8); how bytes and numbers are sent.

my $host   = Host->start( sub { $_[0]->serve } );
my $cpanel = Cpanel::LiveAPI->new;
$host->next_request;

sub sent {
    my ($args) = @_;
    my $data = $cpanel->uapi( 'M', 'f', $args )->{cpanelresult}{result}{data}{args};
    my ($json) = $host->next_request =~ m{\A<cpanelaction>\n(.*)\n</cpanelaction>\z}s;
    my $seen = JSON::PP->new->utf8->decode($json)->{args};
    is_deeply( $data, $seen, 'what was sent comes back as characters' );
    return ( $seen, $json );
}

sub bytes { my ($text) = @_; utf8::encode($text); return $text }
sub wide  { my ($text) = @_; utf8::upgrade($text); return $text }

my %text = (
    'characters'                        => [ "Grüße, 世界 🌍", "Grüße, 世界 🌍" ],
    'bytes that are UTF-8'              => [ bytes("Grüße, 世界 🌍"), "Grüße, 世界 🌍" ],
    'bytes that are not: Latin-1'       => [ "Gr\xfc\xdfe", "Grüße" ],
    'flagged characters stay as given'  => [ wide("\xc3\xa9"), "Ã©" ],
    'ASCII'                             => [ 'plain', 'plain' ],
    'markup and separators (W8)'        => [ "</cpanelaction> <b>&\x{2028}\x{2029}\"\\/\0", "</cpanelaction> <b>&\x{2028}\x{2029}\"\\/\0" ],
);
for my $name ( sort keys %text ) {
    my ( $given, $wanted ) = @{ $text{$name} };
    is( ( sent( { text => $given } ) )[0]{text}, $wanted, "W14 text: $name" );
}
is_deeply( ( sent( { bytes('schlüssel') => 'x' } ) )[0], { 'schlüssel' => 'x' }, 'W14 names of arguments are text too' );
is_deeply( ( sent( { list => [ bytes('ä'), { x => bytes('ö') } ] } ) )[0], { list => [ 'ä', { x => 'ö' } ] }, 'W14 nested text' );
is( ( sent( { a => '</cpanelaction>' } ) )[1] =~ m{</} ? 1 : 0, 0, 'W5 no text can end the request early' );

my $number = 42;
like( ( sent( { a => $number, b => '42', c => 1.5, d => undef } ) )[1], qr/"args":\{"a":42,"b":"42","c":1\.5,"d":null\}/, 'U7 numbers and strings are sent as given' );
like( ( sent( { a => "00123" } ) )[1], qr/"a":"00123"/, 'U7 leading zeros are kept' );
is( "$number", '42', 'an argument is not changed' );
my %given = ( text => bytes('ü') );
sent( \%given );
is( $given{text}, bytes('ü'), 'the arguments of the page are not changed' );

is_deeply( ( sent($_) )[0], {}, 'U9 no arguments are an empty map' ) for undef, {};
is_deeply( scalar( sent_pairs() ), { a => 1, b => 2 }, 'a plain list of names and values is taken too' );

sub sent_pairs {
    $cpanel->uapi( 'M', 'f', a => 1, b => 2 );
    my ($json) = $host->next_request =~ m{\n(.*)\n}s;
    return JSON::PP->new->utf8->decode($json)->{args};
}

my $nested = 'leaf';
$nested = { x => $nested } for 1 .. 32;
is_deeply( ( sent($nested) )[0], $nested, 'W14 arguments nested 32 deep are sent' );
my $deepest = { x => $nested };

my $deep = my $inner = {};
$inner = $inner->{x} = {} for 1 .. 40;
for my $bad ( [ { x => sub { 1 } }, qr/the arguments of M::f cannot be sent: .*CODE/ ], map { [ $_, qr/nested more than 32 deep \(W14\)/ ] } $deepest, $deep ) {
    is( eval { $cpanel->uapi( 'M', 'f', $bad->[0] ); 1 }, undef, 'W14 what JSON cannot hold is refused' );
    like( $@, $bad->[1], 'with the reason' );
    like( $@, qr/ at \S+text\.t line \d+\.\n\z/, 'and the line of the page' );
    ok( $host->silent, 'and nothing is sent' );
}
is( $cpanel->get_result, undef, 'there is no result of a call that was not sent' );
is( eval { $cpanel->uapi( 'M', 'f', 'a', 'b', 'c' ); 1 }, undef, 'an odd list is refused' );
like( $@, qr/one reference to a hash/, 'with the reason' );

$cpanel->fetch("\$CPDATA{'ü'}");
is( $host->next_request, bytes(qq{<cpanel print="\$CPDATA{'ü'}">}), 'W4 tags are UTF-8' );

diag( 'JSON by ' . LiveAPI::JSON::name() ) if $ENV{HARNESS_VERBOSE};
done_testing;
