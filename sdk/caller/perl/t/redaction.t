use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use LiveAPI::JSON;
use LiveAPI::Redaction;

# The debug log hides what the trace of the host and the PHP library hide.

my $folder = "$FindBin::Bin/../../../../protocol/testdata/redaction";

sub text {
    my ($name) = @_;
    open my $file, '<:raw', "$folder/$name" or die "$name: $!";
    local $/ = undef;
    return scalar <$file>;
}

my @words = map { /^=(.*)/ ? "(?:^|[^a-z])$1(?:\$|[^a-z])" : $_ } grep { length && !/^#/ } split /\n/, text('words.txt');
is( "$LiveAPI::Redaction::secret", qr/${\ join '|', @words }/i . '', 'S19 the words are the one list' );

sub shown {
    my ($value) = @_;
    my ($json) = LiveAPI::JSON::encode($value);
    my $line = LiveAPI::Redaction::frame("<cpanelresult>$json</cpanelresult>");
    my ($inner) = $line =~ m{<cpanelresult>(.*)</cpanelresult>}s;
    return LiveAPI::JSON::decode( LiveAPI::JSON::octets($inner) );
}

my $cases = LiveAPI::JSON::decode( text('cases.json') );
cmp_ok( scalar @{ $cases->{names} }, '>', 30, 'there are cases' );
for my $case ( @{ $cases->{names} } ) {
    my $hidden = shown( { $case->{name} => 'shown' } )->{ $case->{name} } eq '[redacted]';
    is( $hidden ? 1 : 0, $case->{hidden} ? 1 : 0, "S19 $case->{name}" );
}
is_deeply( shown( $_->{in} ), $_->{shown}, "S19 $_->{what}" ) for @{ $cases->{values} };

done_testing();
