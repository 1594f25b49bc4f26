# Dot-source this in the BeforeAll of a file: it brings a text that is made to harm, and looks for what is left of it.
$PSStyle.OutputRendering = 'PlainText'
$escape = [char] 0x1B
$forged = 'FORGED'

# Clear the screen, set the title, ring, return, turn the writing, C1's own escape, and a line that looks like ours.
$hostile = "a$escape[2Jb$escape]0;owned$([char] 7)c`rd$([char] 0x202E)e$([char] 0x2066)f$([char] 0x061C)g$([char] 0x9B)2Jh`n$($forged)1"

# What a terminal obeys: control characters but for our own line ends, and what is not seen (Cf) but for the joiners of letters.
$obeyed = '[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029-[\n\u200C\u200D]]'

function Assert-Clean([string[]] $Text) {
    $all = ($Text -join "`n") -replace "`r`n", "`n"
    $found = [regex]::Match($all, $obeyed)
    $found.Success | Should -BeFalse -Because ("U+{0:X4} stands in: {1}" -f [int] ("$($found.Value) ")[0], $all.Substring([Math]::Max(0, $found.Index - 60), [Math]::Min(120, $all.Length - [Math]::Max(0, $found.Index - 60))))
    $all | Should -Not -Match "(?m)(?<!\uFFFD\s*)^\s*$forged" -Because 'no line begins with what a guest wrote'
}

# What a user may make of objects, without asking for a raw property by name.
function Format-All([object[]] $Thing) {
    $Thing | Format-Table | Out-String -Width 4000
    $Thing | Format-Table -AutoSize | Out-String -Width 4000
    $Thing | Format-List | Out-String -Width 4000
    $Thing | Format-Wide | Out-String -Width 4000
    $Thing | Out-String -Width 4000
    $Thing | Out-String -Width 40
}

# All that came of a script: objects, errors, warnings, verbose and debug messages, as they are shown.
function Show-All([scriptblock] $Script) {
    $ErrorActionPreference = 'Continue'
    $streams = @(& $Script *>&1)
    foreach ($thing in $streams) {
        if ($thing -is [Management.Automation.ErrorRecord]) {
            foreach ($view in 'ConciseView', 'NormalView', 'DetailedView') { $ErrorView = $view; $thing | Out-String -Width 4000 }
            $thing.Exception.Message
            $thing.CategoryInfo.ToString()
            "$thing"
        } else {
            Format-All $thing
        }
    }
}
