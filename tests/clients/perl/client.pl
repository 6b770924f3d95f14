# Calls every operation of wsiINST 6 with SOAP::Lite.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use SOAP::Lite;

my ($system, $inst, $other, $main, $unknown, $group, $pupil, $staff) =
    map { $ENV{"DEMO_$_"} } qw(SYSTEM INST OTHER_INST MAIN_INST UNKNOWN_INST GROUP PUPIL STAFF);
my $common = 'https://brugerdatabasen.stil.dk/bpi/common/3';
my $target = 'https://brugerdatabasen.stil.dk/bpi/wsiinst/6';
my %staff_role = map { $_ => 1 } qw(Lærer Pædagog Vikar Leder Ledelse TAP Konsulent);

print "version $SOAP::Lite::VERSION\n";

# SOAP::Lite's reader of service descriptions knows SOAP 1.1 bindings only, so the calls are written by hand.
# Without autotype(0) every value carries an xsi:type guessed from how it looks, and "999001" an xsd:int.
my ($address) = @ARGV;
my $client = SOAP::Lite->soapversion('1.2')->proxy($address)->autotype(0);
my $header = SOAP::Header->name('UdbydersystemId')->uri($common)->value($system);

sub in_namespace {
    my ($namespace, $operation, @arguments) = @_;
    my @data = map { ref $_ eq 'ARRAY' ? SOAP::Data->name($_->[0])->value($_->[1]) : $_ } @arguments;
    # A call without arguments would become xsi:nil, which the contract does not allow.
    unshift @data, SOAP::Data->type(xml => '') unless @arguments > grep { ref $_ eq 'SOAP::Header' } @arguments;
    return $client->default_ns($namespace)->call($operation, @data);
}

sub call {
    my $answer = in_namespace(@_, $header);
    die 'fault: ', $answer->valueof('//Fault/Reason/Text'), "\n" if $answer->fault;
    return $answer;
}

sub expect {
    my ($condition, $what) = @_;
    die "$what\n" unless $condition;
}

sub all_of { my $test = shift; return @_ && !grep { !$test->($_) } @_ }
sub has    { my ($wanted, @list) = @_; return grep { $_ eq $wanted } @list }

my $failures = 0;

sub check {
    my ($name, $body) = @_;
    if (eval { $body->(); 1 }) {
        print "ok $name\n";
    } else {
        $failures++;
        print "FAIL $name: ", $@ =~ s/\n.*//sr, "\n";
    }
}

check helloWorldWithCertificate => sub {
    my $greeting = call($common, 'helloWorldWithCertificate')->valueof('//helloWorldResult');
    expect($greeting =~ /\Q$system\E/, 'the greeting names the system');
};
check hentGrupper => sub {
    my $answer = call($target, 'hentGrupper', [instnr => $inst]);
    my %kind;
    @kind{ $answer->valueof('//gruppe/gruppeid') } = $answer->valueof('//gruppe/gruppetype');
    expect(all_of(sub { $_[0] eq $inst }, $answer->valueof('//gruppe/instnr')), 'groups of the institution');
    expect(($kind{$group} // '') eq 'Hovedgruppe', 'the demo group');
};
check hentBrugereIGruppe => sub {
    my $answer = call($target, 'hentBrugereIGruppe', [instnr => $inst], [gruppeid => $group]);
    my ($found) = grep { $_->{brugerid} eq $pupil } $answer->valueof('//brugertilknytning');
    expect($found->{elev}{rolle} eq 'Elev', "the pupil's role");
    expect(!exists $found->{ansat} && !exists $found->{ekstern}, 'one branch of the choice');
};
check hentInstitution => sub {
    my $found = call($target, 'hentInstitution', [instnr => $inst])->valueof('//institution');
    expect($found->{instnr} eq $inst && $found->{instnavn}, 'number and name');
};
check hentInstitutioner => sub {
    my $answer = call($target, 'hentInstitutioner', [instnr => $inst], [instnr => $other]);
    my @found = $answer->valueof('//institution/instnr');
    expect(@found == 2 && has($inst, @found) && has($other, @found), 'both institutions');
};
check hentInstBruger => sub {
    my $found = call($target, 'hentInstBruger', [instnr => $inst], [brugerid => $pupil])->valueof('//instBruger');
    expect($found->{instnr} eq $inst && $found->{brugerid} eq $pupil && $found->{navn}, 'the pupil');
    expect($found->{elev}{hovedgruppeid} eq $group && !exists $found->{ansat}, "the pupil's main group");
    my $answer = call($target, 'hentInstBruger', [brugerid => $staff]);
    expect(all_of(sub { $staff_role{ $_[0] } }, $answer->valueof('//ansat/rolle')), "the employee's roles");
};
check hentDataAftaler => sub {
    expect(has($inst, call($common, 'hentDataAftaler')->valueof('//regnr')), 'the agreement of the institution');
};
check hentInstitutionshierarki => sub {
    my $answer = call($target, 'hentInstitutionshierarki', [instnr => $inst]);
    expect(has($main, $answer->valueof('//mainInstitution')), 'the main institution');
    expect(has($inst, $answer->valueof('//department')), 'the departments');
};
check 'empty answer' => sub {
    expect(!call($target, 'hentGrupper', [instnr => $unknown])->valueof('//gruppe'), 'no groups');
    expect(!call($target, 'hentInstitution', [instnr => $unknown])->valueof('//institution'), 'no institution');
};
check fault => sub {
    my $answer = in_namespace($target, 'hentGrupper', [instnr => $inst]);
    expect($answer->fault, 'a fault');
    expect($answer->valueof('//Fault/Code/Subcode/Value') =~ /:UdbydersytemIdMangler$/, 'the subcode');
    expect($answer->valueof('//Fault/Detail/authentificationError/type') eq 'UdbydersytemIdMangler', 'the type');
    expect($answer->valueof('//Fault/Reason/Text'), 'the reason');
};
exit($failures ? 1 : 0);
