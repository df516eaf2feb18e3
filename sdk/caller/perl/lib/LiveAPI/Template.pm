package LiveAPI::Template;

# Template Toolkit pages with LiveAPI. A page can use execute(), the plugins Api1 and Api2, CPANEL
# and FORM.

use strict;
use warnings;

use Template ();
use Cpanel::LiveAPI ();
use LiveAPI::Template::Api1  ();
use LiveAPI::Template::Api2  ();
use LiveAPI::Template::Data  ();
use LiveAPI::Template::Form  ();

# Renders one page to standard output. The page's folder becomes the working folder. Returns the exit
# status: 0, or 1 after an error, with a message on standard error and nothing on standard output.
sub render {
    my ( $class, $page ) = @_;
    my ( $folder, $name ) = $page =~ m{\A(?:(.*)/)?([^/]+)\z}s or return _complain("$page: a template is needed, not a folder");
    $folder = '/' if defined $folder && $folder eq '';
    if ( defined $folder && !chdir $folder ) {
        return _complain("$page: cannot change to its folder: $!");
    }
    my $self = bless { session => undef, place => '' }, $class;
    my $output = '';
    my $error  = $self->_process( $name, \$output );
    $self->{session}->end if $self->{session};
    return _complain($error) if defined $error;

    utf8::encode($output);
    binmode STDOUT;
    print {*STDOUT} $output and STDOUT->flush or return _complain("$page: cannot write the output: $!");
    return 0;
}

sub _complain {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/\s*\z/\n/;
    print STDERR "liveapi-tt: $text";
    return 1;
}

# Returns undef, or the error and its place.
sub _process {
    my ( $self, $name, $output ) = @_;
    my $template = Template->new(
        INCLUDE_PATH   => '.',
        RELATIVE       => 1,
        ABSOLUTE       => 1,
        ENCODING       => 'UTF-8',
        PLUGIN_FACTORY => {
            Api1 => sub { return LiveAPI::Template::Api1->new( $self->session ) },
            Api2 => sub { return LiveAPI::Template::Api2->new( $self->session ) },
        },
    ) or return Template->error;

    # Most errors of Template Toolkit do not have a place, so it is taken from the stack here. This
    # is called again with the same error for each template that includes the one that failed.
    my $seen = '';
    local $SIG{__DIE__} = sub {
        my $place = _place();
        $self->{place} = $place if $place ne '' && ( !ref $_[0] || $seen ne "$_[0]" );
        $seen = "$_[0]";
    };
    my $done = eval {
        # The host that runs a page waits for a session, also when the page makes no call (U §10).
        $self->session if grep { defined && length } @ENV{qw(CPANEL_CONNECT_SOCKET CPANEL_PHPCONNECT_SOCKET)};
        1;
    };
    return $@ =~ s/ at \S+ line \d+\.\s*\z/ at $name line 1/r if !$done;
    return if eval { $template->process( $name, $self->_variables, $output ) };
    my $error = $@ || $template->error;
    my $text  = ref $error && $error->can('as_string') ? $error->as_string : "$error";
    $text =~ s/\s+\z//;
    $text =~ s{ at \./}{ at }g;
    return $text =~ /\bline \d+/ ? $text : $text . ( $self->{place} || " at $name line 1" );
}

# The innermost line of a template on the stack. Compiled templates have its file name and lines.
sub _place {
    for ( my $i = 1 ; my ( $package, $file, $line ) = caller $i ; $i++ ) {
        return ' at ' . $file =~ s{\A\./}{}r . " line $line" if $package eq 'Template::Document' && $file !~ m{\.pm\z|\A\(eval };
    }
    return '';
}

sub _variables {
    my ($self) = @_;
    my $form;
    tie my %data, 'LiveAPI::Template::Data', sub { return $self->session };
    return {
        execute => sub { return $self->_execute(@_) },
        CPANEL  => {
            CPDATA  => \%data,
            ENV     => {%ENV},
            feature => sub { return $self->session->cpanelfeature( $_[0] ) },
        },
        FORM => sub { return $form ||= LiveAPI::Template::Form::fields() },
    };
}

# The core of the result (U §11). The reply to a request that could not be read has one, too (W10).
sub _execute {
    my ( $self, $module, $function, $args ) = @_;
    return $self->session->uapi( $module, $function, $args )->{cpanelresult}{result};
}

# The page's one session, opened when it is first used.
sub session {
    my ($self) = @_;
    return $self->{session} ||= Cpanel::LiveAPI->new;
}

1;
