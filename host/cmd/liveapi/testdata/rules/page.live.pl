#!/usr/bin/perl
# Makes each call of cases.json and prints what its method returned, a line each.
use strict;
use warnings;
use Cpanel::LiveAPI;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
open my $in, '<', 'cases.json' or die "cases.json: $!\n";
my $cases = $json->decode( do { local $/; <$in> } );
my $cpanel = Cpanel::LiveAPI->new();
for my $case (@$cases) {
    my $method = $case->{method};
    my @arguments = exists $case->{text} ? $case->{text} : ( $case->{module}, $case->{func} );
    push @arguments, $case->{args} if exists $case->{args};
    print $json->encode( $cpanel->$method(@arguments) ), "\n";
}
$cpanel->end();
