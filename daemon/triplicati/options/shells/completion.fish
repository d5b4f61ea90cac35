# Completion for fish, made by "triplicati completion fish".

function __triplicati_positionals
    for word in (commandline -opc)[2..-1]
        string match -q -- '--*' $word; or echo $word
    end
end

# Whether the name of an option is being typed, or its value.
function __triplicati_in_name
    string match -q -r -- '^--[^=]*$' (commandline -ct)
end

function __triplicati_in_value
    string match -q -- '--*=*' (commandline -ct)
end

function __triplicati_needs_command
    test (count (__triplicati_positionals)) -eq 0
end

# Whether the command is one of the arguments.
function __triplicati_is
    set -l words (__triplicati_positionals)
    contains -- "$words[1]" $argv
end

# Whether the first argument of the command is next.
function __triplicati_first
    test (count (__triplicati_positionals)) -eq 1; and __triplicati_is $argv
end

function __triplicati_takes_paths
    not __triplicati_needs_command; and not __triplicati_is help completion man; and not __triplicati_destination
end

function __triplicati_destination
    __triplicati_first <<destination>>
end

function __triplicati_destinations
    set -l current (commandline -ct)
    if string match -q 'file://*' -- $current
        __fish_complete_directories (string replace 'file://' '' -- $current) '' | string replace -r '^' 'file://'
    else
        echo file://
        __fish_complete_directories $current ''
    end
end

for program in <<programs>>
    complete -c $program -e
    complete -c $program -f
<<commands>>
    complete -c $program -n '__triplicati_first help' -a '<<topics>>'
    complete -c $program -n '__triplicati_first completion' -a 'bash zsh fish'
    complete -c $program -n '__triplicati_first man' -a '(__fish_complete_directories)'
    complete -c $program -n __triplicati_destination -a '(__triplicati_destinations)'
    complete -c $program -n __triplicati_takes_paths -F
<<options>>
end
