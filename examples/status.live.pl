#!/usr/bin/env perl
# Reads the two-factor configuration that enrol.live.php has made, and shows how
# a wrong use is refused. Run it with: liveapi run examples/status.live.pl
use strict;
use warnings;
use utf8;
use Cpanel::LiveAPI;

binmode STDOUT, ':utf8';
print "Content-type: text/plain; charset=utf-8\r\n\r\n";
print "status.live.pl (Perl)\n\n";

my $cpanel = Cpanel::LiveAPI->new();

# 1. What enrol.live.php has stored.
my $r = call( 'get_user_configuration' );
expect( $r->{'cpanelresult'}{'result'}{'status'} && $r->{'cpanelresult'}{'result'}{'data'}{'is_enabled'},
    'two-factor authentication to be enabled: run enrol.live.php first' );

# 2. With an empty secret anybody could compute the codes, so it is refused.
$r = call( 'set_user_configuration', { 'secret' => '', 'tfa_token' => '000000' } );
expect( !$r->{'cpanelresult'}{'result'}{'status'}, 'a refusal of the empty secret' );

$cpanel->end();

# Calls a function of TwoFactorAuth, prints the call and its result, and returns
# the reply. It prints only the names of arguments: a value may be secret.
sub call {
    my ( $func, $args ) = @_;
    print "  → TwoFactorAuth::$func(", join( ', ', sort keys %{ $args || {} } ), ")\n";
    my $reply = $cpanel->uapi( 'TwoFactorAuth', $func, $args );
    my $core  = $reply->{'cpanelresult'}{'result'};
    my $data  = $core->{'data'};
    my @text  = $core->{'status'} ? map( {"$_ $data->{$_}"} sort keys %$data ) : @{ $core->{'errors'} };
    print "  ← status $core->{'status'}  ", join( ', ', @text ), "\n\n";
    return $reply;
}

# Ends the page when a result is not the expected one.
sub expect {
    my ( $holds, $what ) = @_;
    return if $holds;
    print "The page expected $what.\n";
    exit 1;
}
