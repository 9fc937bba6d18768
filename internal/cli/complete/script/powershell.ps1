# Completion of PROGRAM for PowerShell. The program splits and quotes; nothing here is evaluated.
Register-ArgumentCompleter -Native -CommandName PROGRAM -ScriptBlock {
    param($word, $ast, $cursor)
    $length = $cursor - $ast.Extent.StartOffset
    $line = $ast.Extent.Text.PadRight($length).Substring(0, $length)
    $console = [Console]::OutputEncoding
    try {
        $OutputEncoding = [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new($false)
        $reply = @($line | & PROGRAM REQUEST powershell 2>$null)
    } finally {
        [Console]::OutputEncoding = $console
    }
    if ($reply.Count -eq 1 -and $reply[0] -eq 'files') { return } # PowerShell offers file names then
    if ($reply.Count -lt 2) { return '' } # and none then
    foreach ($entry in $reply[1..($reply.Count - 1)]) {
        $text, $shown, $tip = $entry.Split("`t")
        [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $tip)
    }
}
