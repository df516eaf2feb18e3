use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use Host;
use JSON::PP ();
use Txtar;

# The golden conversations: the call in a page, the request, the reply, and what the method returns.

my $json  = JSON::PP->new->utf8->allow_nonref->canonical;
my @files = glob "$FindBin::Bin/../../../../protocol/testdata/conversations/*.txtar";
cmp_ok( scalar @files, '>=', 4, 'there are golden conversations' );

# Numbers and strings compare by value; everything else by structure.
sub text {
    my ($value) = @_;
    return { map { $_ => text( $value->{$_} ) } keys %$value } if ref $value eq 'HASH';
    return [ map { text($_) } @$value ] if ref $value eq 'ARRAY';
    return defined $value ? "$value" : undef;
}

sub payload {
    my ($payload) = @_;
    return [$payload] if $payload !~ m{\A(<cpanelaction>)\n(.*)\n(</cpanelaction>)\z}s;
    return [ $1, text( $json->decode($2) ), $3 ];
}

for my $path (@files) {
    my ($name)  = $path =~ m{([^/]+)\z};
    my ( undef, $file ) = Txtar::read_file($path);
    my @steps = Txtar::steps($file);
    my $host  = Host->start(
        sub {
            my ($session) = @_;
            for my $step ( grep { exists $_->{request} } @steps ) {
                defined $session->request or return;
                $session->raw( $step->{reply} );
                return if $step->{request} =~ /shutdown/;
            }
            $session->request;
        }
    );
    my $cpanel;
    for my $step ( grep { exists $_->{call} } @steps ) {
        my $call   = $json->decode( $step->{call} );
        my $method = $call->{method};
        my $title  = "$name step $step->{number} $method (W4 W5 W7 W9)";
        my $returned;
        if   ( $method eq 'new' ) { $cpanel   = Cpanel::LiveAPI->new( @{ $call->{args} } ) }
        else                      { $returned = $cpanel->$method( @{ $call->{args} } ) }
        if   ( exists $step->{request} ) { is_deeply( payload( $host->next_request ), payload( $step->{request} ), "$title: request" ) }
        else                             { ok( $host->silent, "$title: nothing is sent" ) }
        is_deeply( text($returned), text( $json->decode( $step->{returns} ) ), "$title: returns" ) if exists $step->{returns};
    }
}

done_testing;
