package LiveAPI::Template::Api2;

# [% USE Api2 %] [% FOREACH d IN Api2.exec('Park', 'listparkeddomains', { regex => 'x' }) %]

use strict;
use warnings;

sub new { my ( $class, $session ) = @_; return bless { session => $session, error => '' }, $class }

# The text of the last call's failure, '' after a success.
sub error { my ($self) = @_; return $self->{error} }

# Returns API 2's data; an empty list when there is none.
sub exec {
    my ( $self, $module, $function, $args ) = @_;
    my $reply = $self->{session}->api2( $module, $function, $args )->{cpanelresult};
    $self->{error} = Cpanel::LiveAPI::_errors($reply) // '';
    return $reply->{data} // [];
}

1;
