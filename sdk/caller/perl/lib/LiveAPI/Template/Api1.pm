package LiveAPI::Template::Api1;

# [% USE Api1 %] [% Api1.exec('Module', 'function', 'first', 'second') %]

use strict;
use warnings;

sub new { my ( $class, $session ) = @_; return bless { session => $session, error => '' }, $class }

# The error of the last call; '' after a success.
sub error { my ($self) = @_; return $self->{error} }

# Returns the text that the function printed; '' after a failure.
sub exec {
    my ( $self, $module, $function, @args ) = @_;
    my $reply = $self->{session}->api1( $module, $function, @args )->{cpanelresult};
    $self->{error} = Cpanel::LiveAPI::_errors($reply) // '';
    return $self->{session}->get_result // '';
}

1;
